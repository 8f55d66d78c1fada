import { listAll } from '@berth/client';
import { routes, type User } from '@berth/protocol';
import { ClientCommand } from '../../clientCommand.js';
import type { Column } from '../../output/table.js';

export default class UsersList extends ClientCommand {
  static override summary = 'List users';
  static override enableJsonFlag = true;

  async run(): Promise<User[]> {
    const { flags } = await this.parse(UsersList);
    const client = await this.client(flags);
    const users: User[] = [];
    for await (const user of listAll(client, routes.listUsers, {})) users.push(user);
    const [{ renderTable }, { relativeTime }, { rolesText }] = await Promise.all([
      import('../../output/table.js'),
      import('../../output/time.js'),
      import('../../show/rolesText.js'),
    ]);
    const now = Date.now();
    const columns: Column<User>[] = [
      { title: 'NAME', value: user => user.username },
      { title: 'EMAIL', value: user => user.email },
      { title: 'ROLES', value: rolesText },
      { title: 'LAST SEEN', value: user => (user.lastSeenAt === null ? 'never' : relativeTime(user.lastSeenAt, now)) },
    ];
    this.print(renderTable(users, columns, this.colours.dim));
    return users;
  }
}

import { routes, type User } from '@berth/protocol';
import { ClientCommand } from '../clientCommand.js';

export default class Whoami extends ClientCommand {
  static override summary = 'Show who you are to the coordinator';
  static override enableJsonFlag = true;

  async run(): Promise<User & { url: string }> {
    const { flags } = await this.parse(Whoami);
    const client = await this.client(flags);
    const [user, { renderFields }, { rolesText }] = await Promise.all([
      client.call(routes.me),
      import('../output/table.js'),
      import('../show/rolesText.js'),
    ]);
    const fields = [
      ['user', `${user.username} (${user.email})`],
      ['roles', rolesText(user)],
      ['coordinator', client.url],
    ] as const;
    this.print(renderFields(fields, this.colours.dim));
    return { ...user, url: client.url };
  }
}

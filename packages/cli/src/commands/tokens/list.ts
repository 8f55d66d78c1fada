import { listAll } from '@berth/client';
import { type ApiToken, routes } from '@berth/protocol';
import { ClientCommand } from '../../clientCommand.js';
import type { Column } from '../../output/table.js';

export default class TokensList extends ClientCommand {
  static override summary = 'List your tokens';
  static override enableJsonFlag = true;

  async run(): Promise<ApiToken[]> {
    const { flags } = await this.parse(TokensList);
    const client = await this.client(flags);
    const tokens: ApiToken[] = [];
    for await (const token of listAll(client, routes.listTokens, {})) tokens.push(token);
    const [{ renderTable }, { relativeTime }] = await Promise.all([
      import('../../output/table.js'),
      import('../../output/time.js'),
    ]);
    const now = Date.now();
    const time = (at: number | null) => (at === null ? 'never' : relativeTime(at, now));
    const columns: Column<ApiToken>[] = [
      { title: 'NAME', value: token => token.name },
      { title: 'KIND', value: token => token.kind },
      { title: 'CREATED', value: token => time(token.createdAt) },
      { title: 'EXPIRES', value: token => time(token.expiresAt) },
      { title: 'LAST USED', value: token => time(token.lastUsedAt) },
      { title: 'ID', value: token => token.id },
    ];
    this.print(renderTable(tokens, columns, this.colours.dim));
    return tokens;
  }
}

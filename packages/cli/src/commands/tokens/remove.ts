import { routes } from '@berth/protocol';
import { Args } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';

export default class TokensRemove extends ClientCommand {
  static override summary = 'Revoke one of your tokens; live connections that came with it are closed';
  static override args = {
    token: Args.string({ description: 'Name or id of the token', required: true, ignoreStdin: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TokensRemove);
    const client = await this.client(flags);
    await client.call(routes.removeToken, { params: { token: args.token } });
    this.tell(`Token ${args.token} is revoked.`);
  }
}

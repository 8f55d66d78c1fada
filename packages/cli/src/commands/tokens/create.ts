import { routes } from '@berth/protocol';
import { Args, Flags } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';

export default class TokensCreate extends ClientCommand {
  static override summary = 'Make an API token; it is printed once and never again';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> ci --lifetime 90d'];
  static override args = {
    name: Args.string({ description: 'Name of the token', required: true, ignoreStdin: true }),
  };
  static override flags = {
    lifetime: Flags.string({
      summary: 'How long it is good, such as 12h or 90d; for ever unless given',
      helpValue: 'TIME',
    }),
  };

  async run(): Promise<{ id: string; name: string; token: string; expiresAt: number | null }> {
    const { args, flags } = await this.parse(TokensCreate);
    const client = await this.client(flags);
    const { readDuration } = await import('../../settings/duration.js');
    const lifetimeMs = flags.lifetime === undefined ? null : readDuration(flags.lifetime);
    const made = await client.call(routes.createToken, { body: { name: args.name, lifetimeMs } });
    this.tell('Keep this token: it is not shown again.');
    this.print(made.token);
    return made;
  }
}

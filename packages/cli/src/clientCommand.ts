import type { Client } from '@berth/client';
import { Flags } from '@oclif/core';
import { BerthCommand } from './berthCommand.js';
import type { Connection } from './settings/connection.js';
import { setting } from './settings/setting.js';

/** Base of every command that calls a coordinator. */
export abstract class ClientCommand extends BerthCommand {
  static override baseFlags = {
    url: setting(
      { env: 'BERTH_URL', aliases: ['CODER_URL'] },
      Flags.string({ summary: 'Address of the coordinator', helpGroup: 'GLOBAL', helpValue: 'URL' }),
    ),
    token: setting(
      { env: 'BERTH_SESSION_TOKEN', aliases: ['CODER_SESSION_TOKEN'], secret: true },
      Flags.string({ summary: 'Session or API token', helpGroup: 'GLOBAL', helpValue: 'TOKEN' }),
    ),
  };

  /** The coordinator that flags, environment or the saved login name. */
  protected async connection(flags: { url?: string | undefined; token?: string | undefined }): Promise<Connection> {
    const [{ resolveConnection }, { readSavedLogin }] = await Promise.all([
      import('./settings/connection.js'),
      import('./settings/savedLogin.js'),
    ]);
    return resolveConnection({ url: flags.url, token: flags.token }, readSavedLogin);
  }

  protected async client(flags: { url?: string | undefined; token?: string | undefined }): Promise<Client> {
    const [connection, { createClient }] = await Promise.all([this.connection(flags), import('@berth/client')]);
    return createClient(connection);
  }
}

import { resolve } from 'node:path';
import { routes } from '@berth/protocol';
import { Args, Flags } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';

export default class ServerBackup extends ClientCommand {
  static override summary = 'Write a copy of the database (SQLite) to a file, while the coordinator runs';
  static override description = [
    'By your login, as the owner of the site; with --data-dir from the folder of a coordinator that does not run. The key',
    'that states and secrets are encrypted with is not in the copy: keep encryption.key, apart from it. To restore, put',
    'the copy as berth.sqlite into a new folder, with encryption.key beside it.',
  ].join(' ');
  static override examples = [
    '<%= config.bin %> <%= command.id %> berth-2026-11-21.sqlite',
    '<%= config.bin %> <%= command.id %> berth.sqlite --data-dir /var/lib/berth',
  ];
  static override args = { file: Args.string({ description: 'The new file', required: true, ignoreStdin: true }) };
  // Not from the environment: on the machine of a running coordinator its folder is set there.
  static override flags = {
    'data-dir': Flags.string({ summary: 'Folder of a coordinator that does not run', helpValue: 'DIR' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServerBackup);
    const { size } = await import('../../output/size.js');
    const dataDir = flags['data-dir'];
    const bytes = dataDir === undefined ? await this.#download(args.file, flags) : await copy(dataDir, args.file);
    this.tell(`The backup is in ${args.file}, ${size(bytes)}. Keep encryption.key, apart from it.`);
  }

  async #download(file: string, flags: { url?: string | undefined; token?: string | undefined }): Promise<number> {
    const client = await this.client(flags);
    const [{ download }, { saveBytes }, { refuseExisting }] = await Promise.all([
      import('@berth/client'),
      import('../../output/saveBytes.js'),
      import('../../output/refuseExisting.js'),
    ]);
    refuseExisting(file);
    const { bytes, sizeBytes } = await download(client, routes.backup, {});
    await saveBytes(bytes, file, 0o600);
    return sizeBytes ?? 0;
  }
}

async function copy(dataDir: string, file: string): Promise<number> {
  const { backupDatabase } = await import('@berth/coordinator/offline');
  return (await backupDatabase({ dataDir }, resolve(file))).sizeBytes;
}

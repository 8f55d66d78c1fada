import type { Verification } from '@berth/coordinator/offline';
import { BerthCommand } from '../../berthCommand.js';
import { storeFlags } from '../../services/storeFlags.js';

export default class ServerCheck extends BerthCommand {
  static override summary = 'Look at everything in a database: its structure, every job, state, archive and reference';
  static override description = [
    'For a coordinator that does not run, or a backup in a folder of its own; on Postgres also beside one that runs. Ends',
    'with exit code 1 when something is not as it should be.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> --data-dir /var/lib/berth'];
  static override flags = storeFlags;

  async run(): Promise<Verification> {
    const { flags } = await this.parse(ServerCheck);
    const [{ checkDatabase }, { storePlace }, { verificationText }, { exitCodes }] = await Promise.all([
      import('@berth/coordinator/offline'),
      import('../../services/storePlace.js'),
      import('../../show/verificationText.js'),
      import('../../output/exitCode.js'),
    ]);
    const found = await checkDatabase(storePlace(flags));
    this.print(verificationText(found, this.colours));
    if (found.problems.length > 0) this.exitWith(exitCodes.failed);
    return found;
  }
}

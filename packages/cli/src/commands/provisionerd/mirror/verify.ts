import type { MirrorCheck } from '@berth/daemon/mirror';
import { Args, Flags } from '@oclif/core';
import { BerthCommand } from '../../../berthCommand.js';

export default class ProvisionerdMirrorVerify extends BerthCommand {
  static override summary = 'Read every plugin of a mirror, and compare it with what was added and with a lock file';
  static override description = 'Ends with exit code 1 when a plugin was changed, cannot be read, or is missing.';
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> ./mirror',
    '<%= config.bin %> <%= command.id %> ./mirror --lock-file template/.terraform.lock.hcl',
  ];
  static override args = {
    mirror: Args.string({ description: 'Folder of the mirror', required: true, ignoreStdin: true }),
  };
  static override flags = {
    'lock-file': Flags.string({ summary: 'Lock file whose plugins it should have', helpValue: 'FILE' }),
  };

  async run(): Promise<MirrorCheck> {
    const { args, flags } = await this.parse(ProvisionerdMirrorVerify);
    const [{ checkMirror }, { checkedMirrorText }, { exitCodes }] = await Promise.all([
      import('@berth/daemon/mirror'),
      import('../../../show/mirrorTable.js'),
      import('../../../output/exitCode.js'),
    ]);
    const check = await checkMirror(args.mirror, flags['lock-file'] ?? null);
    this.print(checkedMirrorText(check, this.colours));
    if (check.missing.length > 0 || check.packages.some(({ problem }) => problem !== null)) {
      this.exitWith(exitCodes.failed);
    }
    return check;
  }
}

import type { MirrorPackage } from '@berth/daemon/mirror';
import { Args } from '@oclif/core';
import { BerthCommand } from '../../../berthCommand.js';

export default class ProvisionerdMirrorList extends BerthCommand {
  static override summary = 'List the plugins of a mirror';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> ./mirror'];
  static override args = {
    mirror: Args.string({ description: 'Folder of the mirror', required: true, ignoreStdin: true }),
  };

  async run(): Promise<MirrorPackage[]> {
    const { args } = await this.parse(ProvisionerdMirrorList);
    const [{ listMirrorPackages }, { mirrorTable }] = await Promise.all([
      import('@berth/daemon/mirror'),
      import('../../../show/mirrorTable.js'),
    ]);
    const packages = await listMirrorPackages(args.mirror);
    if (packages.length === 0) this.tell(`The mirror ${args.mirror} has no plugins yet.`);
    else this.print(mirrorTable(packages, this.colours));
    return packages;
  }
}

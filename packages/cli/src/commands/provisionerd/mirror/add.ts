import type { AddedPackage } from '@berth/daemon/mirror';
import { Args, Flags } from '@oclif/core';
import { BerthCommand } from '../../../berthCommand.js';
import { pluginFlags, pluginOptions } from '../../../services/pluginFlags.js';
import { setting } from '../../../settings/setting.js';

export default class ProvisionerdMirrorAdd extends BerthCommand {
  static override summary = 'Add plugins to a folder for --plugin-mirror';
  static override description = [
    'From a lock file: the engine fetches what it locks, for the platform of this machine, from --plugin-mirror or the',
    "registries. From a release's zip archive, or from a program with its checksum: what the file's name does not tell is",
    'given by flags. A plugin without a host, or of one of the two registries, is found by terraform and by tofu.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> ./mirror template/.terraform.lock.hcl',
    '<%= config.bin %> <%= command.id %> ./mirror terraform-provider-time_0.13.1_linux_amd64.zip --plugin hashicorp/time',
    '<%= config.bin %> <%= command.id %> ./mirror ./terraform-provider-ours_v1.2.0 --plugin registry.example.com/us/ours --sha256 5d41…',
  ];
  static override args = {
    mirror: Args.string({
      description: 'Folder of the mirror, made if it is not there',
      required: true,
      ignoreStdin: true,
    }),
    file: Args.string({ description: 'Lock file, zip archive or program', required: true, ignoreStdin: true }),
  };
  static override flags = {
    plugin: Flags.string({ summary: 'Which plugin an archive or program is', helpValue: '[HOST/]NAMESPACE/TYPE' }),
    'plugin-version': Flags.string({
      summary: 'Its version; that in the name of the file unless given',
      helpValue: 'X.Y.Z',
    }),
    platform: Flags.string({
      summary: "Its platform; that in the name of the file, else this machine's, unless given",
      helpValue: 'OS_ARCH',
    }),
    sha256: Flags.string({ summary: 'Checksum of the file; needed for a program', helpValue: 'HEX' }),
    'plugin-mirror': pluginFlags['plugin-mirror'],
    'engine-path': setting(
      { env: 'BERTH_ENGINE_PATH' },
      Flags.string({ summary: 'Engine that fetches; else terraform, else tofu on PATH', helpValue: 'FILE' }),
    ),
  };

  async run(): Promise<AddedPackage[]> {
    const { args, flags } = await this.parse(ProvisionerdMirrorAdd);
    const { addFromFile, addFromLockFile } = await import('@berth/daemon/mirror');
    const interrupted = new AbortController();
    const end = () => interrupted.abort(new Error('interrupted'));
    process.once('SIGINT', end);
    try {
      const added = args.file.endsWith('.hcl')
        ? await addFromLockFile(args.mirror, {
            file: args.file,
            enginePath: flags['engine-path'],
            sources: pluginOptions({ 'plugin-mirror': flags['plugin-mirror'], 'plugin-cache': undefined })
              .pluginMirrors,
            onFetch: ({ address, version }) => this.tell(`Fetching ${address} ${version} …`),
            signal: interrupted.signal,
          })
        : await addFromFile(args.mirror, {
            file: args.file,
            address: flags.plugin,
            version: flags['plugin-version'],
            platform: flags.platform,
            sha256: flags.sha256,
          });
      for (const { address, version, platform, already } of added) {
        this.tell(`${already ? 'Was there already' : 'Added'}: ${address} ${version} ${platform}`);
      }
      return added;
    } finally {
      process.removeListener('SIGINT', end);
    }
  }
}

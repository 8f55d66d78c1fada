import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { workspaceArg } from '../buildCommand.js';
import { ClientCommand } from '../clientCommand.js';

export default class Ssh extends ClientCommand {
  static override summary = "Open the system's OpenSSH to a workspace";
  static override description =
    "Where its SSH server is stands in the output 'ssh' of its template: { host, port, user, host_key }. What follows the workspace is run there; ssh's exit code is that of this command.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev',
    '<%= config.bin %> <%= command.id %> dev -- tail -f /var/log/syslog',
  ];
  static override strict = false;
  static override args = { workspace: workspaceArg };

  async run(): Promise<void> {
    // What stands behind the first `--` is for the other side, a further `--` among it.
    const [before, after] = splitAt(this.argv, '--');
    const { args, argv, flags } = await this.parse(Ssh, before);
    const [{ findWorkspace }, { findTarget }, { hostAlias, sshOptions, writeHostKeys }, { runSsh }, { configFolder }] =
      await Promise.all([
        import('../lookups/workspaces.js'),
        import('../ssh/findTarget.js'),
        import('../ssh/sshOptions.js'),
        import('../ssh/runSsh.js'),
        import('../settings/configFolder.js'),
      ]);
    const client = await this.client(flags);
    const workspace = await findWorkspace(client, args.workspace);
    const target = await findTarget(client, workspace, args.workspace);
    if (target === null) {
      throw new BerthError('not_found', `the template of ${args.workspace} has no output 'ssh'`);
    }
    const folder = join(configFolder(), 'ssh');
    writeHostKeys(target, workspace, folder);
    const options = sshOptions(target, workspace, folder).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const command = [...argv.slice(1).map(String), ...after];
    this.exitWith(await runSsh([...options, '--', hostAlias(workspace), ...command]));
  }
}

function splitAt(words: readonly string[], mark: string): [string[], string[]] {
  const at = words.indexOf(mark);
  return at === -1 ? [[...words], []] : [words.slice(0, at), words.slice(at + 1)];
}

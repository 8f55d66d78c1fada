import { BuildCommand, type BuildResult, buildFlags, incompleteFlag, workspaceArg } from '../buildCommand.js';
import { parameterFlag, resetFlag } from '../flags/parameters.js';

export default class Restart extends BuildCommand {
  static override summary = 'Stop a workspace and start it again';
  static override description =
    'One build follows the other, so --detach returns when the stop is done and the start is queued.';
  static override examples = ['<%= config.bin %> <%= command.id %> dev'];
  static override args = { workspace: workspaceArg };
  static override flags = { parameter: parameterFlag, reset: resetFlag, ...buildFlags, ...incompleteFlag };

  async run(): Promise<BuildResult> {
    const { args, flags } = await this.parse(Restart);
    const client = await this.client(flags);
    const [{ findWorkspace }, { readParametersOf }] = await Promise.all([
      import('../lookups/workspaces.js'),
      import('../lookups/parameters.js'),
    ]);
    const workspace = await findWorkspace(client, args.workspace);
    // Before the stop: a value that is wrong must not cost a running workspace.
    const parameters = await readParametersOf(client, workspace.latestBuild.version.id, flags.parameter);
    const stopped = await this.build(client, workspace, args.workspace, { detach: false }, { transition: 'stop' });
    if (stopped.build.job.status !== 'succeeded') return stopped;
    return this.build(client, workspace, args.workspace, flags, {
      transition: 'start',
      parameters,
      reset: flags.reset ?? [],
    });
  }
}

import { BuildCommand, type BuildResult, buildFlags, incompleteFlag, workspaceArg } from '../buildCommand.js';
import { parameterFlag, resetFlag } from '../flags/parameters.js';

export default class Start extends BuildCommand {
  static override summary = 'Start a workspace';
  static override description = 'Its parameters stay as they are, but for those that are given here.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev',
    '<%= config.bin %> <%= command.id %> dev --parameter size=5 --reset languages',
  ];
  static override args = { workspace: workspaceArg };
  static override flags = {
    parameter: parameterFlag,
    reset: resetFlag,
    ...buildFlags,
    ...incompleteFlag,
  };

  async run(): Promise<BuildResult> {
    const { args, flags } = await this.parse(Start);
    const client = await this.client(flags);
    const [{ findWorkspace }, { readParametersOf }] = await Promise.all([
      import('../lookups/workspaces.js'),
      import('../lookups/parameters.js'),
    ]);
    const workspace = await findWorkspace(client, args.workspace);
    return this.build(client, workspace, args.workspace, flags, {
      transition: 'start',
      parameters: await readParametersOf(client, workspace.latestBuild.version.id, flags.parameter),
      reset: flags.reset ?? [],
    });
  }
}

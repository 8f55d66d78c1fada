import { BuildCommand, type BuildResult, buildFlags, workspaceArg } from '../buildCommand.js';
import { parameterFlags } from '../flags/parameters.js';

export default class Stop extends BuildCommand {
  static override summary = 'Stop a workspace; what its template keeps over a stop stays';
  static override examples = ['<%= config.bin %> <%= command.id %> dev'];
  static override args = { workspace: workspaceArg };
  static override flags = { ...parameterFlags, ...buildFlags };

  async run(): Promise<BuildResult> {
    const { args, flags } = await this.parse(Stop);
    const client = await this.client(flags);
    const { findWorkspace } = await import('../lookups/workspaces.js');
    const workspace = await findWorkspace(client, args.workspace);
    return this.build(client, workspace, args.workspace, flags, {
      transition: 'stop',
      parameters: await this.parametersOf(client, workspace, flags),
    });
  }
}

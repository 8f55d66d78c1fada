import { routes } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { BuildCommand, type BuildResult, buildFlags, incompleteFlag, workspaceArg } from '../buildCommand.js';
import { parameterFlags, resetFlag } from '../flags/parameters.js';

export default class Update extends BuildCommand {
  static override summary = "Bring a workspace to its template's active version, and start it";
  static override description =
    'Parameters are kept; on a terminal those that the new version needs and that have no value yet are asked for.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev',
    '<%= config.bin %> <%= command.id %> dev --version v2',
  ];
  static override args = { workspace: workspaceArg };
  static override flags = {
    version: Flags.string({ summary: 'Another version than the active one', helpValue: 'VERSION' }),
    ...parameterFlags,
    reset: resetFlag,
    ...buildFlags,
    ...incompleteFlag,
  };

  async run(): Promise<BuildResult> {
    const { args, flags } = await this.parse(Update);
    const client = await this.client(flags);
    const [{ findWorkspace }, { findVersion }] = await Promise.all([
      import('../lookups/workspaces.js'),
      import('../lookups/templates.js'),
    ]);
    const workspace = await findWorkspace(client, args.workspace);
    const template = await client.call(routes.getTemplate, { params: { template: workspace.template.id } });
    const version = await findVersion(client, template, flags.version);
    const changes = (flags.parameter ?? []).length + (flags.reset ?? []).length;
    if (workspace.latestBuild.version.id === version.id && workspace.status === 'running' && changes === 0) {
      this.tell(`Workspace ${args.workspace} runs with version ${version.name} already.`);
      return { workspace, build: workspace.latestBuild };
    }
    return this.build(client, workspace, args.workspace, flags, {
      transition: 'start',
      version: version.id,
      parameters: await this.parametersOf(client, workspace, flags, version.id),
      reset: flags.reset ?? [],
    });
  }
}

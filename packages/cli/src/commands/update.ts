import { type DryRun, routes } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { type BuildResult, buildFlags, incompleteFlag, workspaceArg } from '../buildCommand.js';
import { parameterFlags, resetFlag } from '../flags/parameters.js';
import { PlannedCommand, planFlags } from '../plannedCommand.js';

export default class Update extends PlannedCommand {
  static override summary = "Bring a workspace to its template's active version, and start it";
  static override description =
    'Parameters are kept; on a terminal those that the new version needs and that have no value yet are asked for. It looks first: where something would be replaced or destroyed that a stop leaves, such as a volume, it asks, or elsewhere needs --yes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev',
    '<%= config.bin %> <%= command.id %> dev --version v2',
  ];
  static override args = { workspace: workspaceArg };
  static override flags = {
    version: Flags.string({ summary: 'Another version than the active one', helpValue: 'VERSION' }),
    ...parameterFlags,
    reset: resetFlag,
    ...planFlags,
    ...buildFlags,
    ...incompleteFlag,
  };

  async run(): Promise<BuildResult | DryRun | null> {
    const { args, flags } = await this.parse(Update);
    const client = await this.client(flags);
    const [{ findWorkspace }, { findVersion }] = await Promise.all([
      import('../lookups/workspaces.js'),
      import('../lookups/templates.js'),
    ]);
    const workspace = await findWorkspace(client, args.workspace);
    const template = await client.call(routes.getTemplate, { params: { template: workspace.template.id } });
    const version = await findVersion(client, template, flags.version);
    const changes = (flags.parameter ?? flags.reset ?? flags['parameters-file']) === undefined ? 0 : 1;
    if (
      workspace.latestBuild.version.id === version.id &&
      workspace.status === 'running' &&
      changes === 0 &&
      !flags.plan
    ) {
      this.tell(`Workspace ${args.workspace} runs with version ${version.name} already.`);
      return { workspace, build: workspace.latestBuild };
    }
    return this.buildAsPlanned(client, workspace, args.workspace, flags, {
      transition: 'start',
      version: version.id,
      parameters: await this.parametersOf(client, workspace, flags, version.id),
      reset: flags.reset ?? [],
    });
  }
}

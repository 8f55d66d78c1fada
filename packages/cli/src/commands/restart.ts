import type { Client } from '@berth/client';
import type { ParameterValues, Workspace } from '@berth/protocol';
import { type BuildResult, buildFlags, incompleteFlag, workspaceArg } from '../buildCommand.js';
import { parameterFlags, resetFlag } from '../flags/parameters.js';
import { noPlanFlag, PlannedCommand } from '../plannedCommand.js';

export default class Restart extends PlannedCommand {
  static override summary = 'Stop a workspace and start it again';
  static override description =
    'One build follows the other, so --detach returns when the stop is done and the start is queued.';
  static override examples = ['<%= config.bin %> <%= command.id %> dev'];
  static override args = { workspace: workspaceArg };
  static override flags = { ...parameterFlags, reset: resetFlag, ...noPlanFlag, ...buildFlags, ...incompleteFlag };

  async run(): Promise<BuildResult | null> {
    const { args, flags } = await this.parse(Restart);
    const client = await this.client(flags);
    const { findWorkspace } = await import('../lookups/workspaces.js');
    const workspace = await findWorkspace(client, args.workspace);
    // Before the stop: a value that is wrong must not cost a running workspace.
    const parameters = await this.parametersOf(client, workspace, flags);
    const ephemeral = await this.#ephemeral(client, workspace, parameters);
    const wanted = {
      transition: 'start' as const,
      parameters: { ...parameters, ...ephemeral },
      reset: flags.reset ?? [],
    };
    const start = await this.lookFirst(client, workspace, args.workspace, flags, wanted);
    if (start === null) return null;
    const stop = { transition: 'stop' as const, parameters: ephemeral };
    const stopped = await this.build(client, workspace, args.workspace, { detach: false }, stop);
    if (stopped.build.job.status !== 'succeeded') return stopped;
    return this.build(client, workspace, args.workspace, flags, start);
  }

  /** What both builds need and nobody keeps: given, or on a terminal asked for once. */
  async #ephemeral(client: Client, workspace: Workspace, given: ParameterValues): Promise<ParameterValues> {
    if (!workspace.latestBuild.parameters.some(parameter => parameter.ephemeral)) return {};
    const { findOpenVariables } = await import('../lookups/parameters.js');
    const open = await findOpenVariables(client, workspace.latestBuild.version.id);
    const ephemeral = open.filter(variable => variable.ephemeral);
    const values = Object.fromEntries(
      Object.entries(given).filter(([name]) => ephemeral.some(variable => variable.name === name)),
    );
    if (!this.interactive) return values;
    const { askParameters } = await import('../ask/askParameters.js');
    return {
      ...values,
      ...(await askParameters(ephemeral.filter(({ name, hasDefault }) => !hasDefault && !Object.hasOwn(values, name)))),
    };
  }
}

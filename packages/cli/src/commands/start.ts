import type { DryRun } from '@berth/protocol';
import { type BuildResult, buildFlags, incompleteFlag, workspaceArg } from '../buildCommand.js';
import { parameterFlags, resetFlag } from '../flags/parameters.js';
import { PlannedCommand, planFlags } from '../plannedCommand.js';

export default class Start extends PlannedCommand {
  static override summary = 'Start a workspace';
  static override description =
    'Its parameters stay as they are, but for those that are given here. Where these would replace or destroy something that a stop leaves, such as a volume, it asks first, or elsewhere needs --yes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev',
    '<%= config.bin %> <%= command.id %> dev --parameter size=5 --reset languages',
  ];
  static override args = { workspace: workspaceArg };
  static override flags = {
    ...parameterFlags,
    reset: resetFlag,
    ...planFlags,
    ...buildFlags,
    ...incompleteFlag,
  };

  async run(): Promise<BuildResult | DryRun | null> {
    const { args, flags } = await this.parse(Start);
    const client = await this.client(flags);
    const { findWorkspace } = await import('../lookups/workspaces.js');
    const workspace = await findWorkspace(client, args.workspace);
    return this.buildAsPlanned(client, workspace, args.workspace, flags, {
      transition: 'start',
      parameters: await this.parametersOf(client, workspace, flags),
      reset: flags.reset ?? [],
    });
  }
}

import type { Client } from '@berth/client';
import { BerthError, routes, type Workspace } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { BuildCommand, type BuildResult, buildFlags, incompleteFlag, workspaceArg } from '../buildCommand.js';
import { parameterFlags } from '../flags/parameters.js';

export default class Delete extends BuildCommand {
  static override summary = 'Delete a workspace and everything that it made';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev',
    'Forget a workspace whose machines are gone:\n<%= config.bin %> <%= command.id %> dev --orphan',
  ];
  static override args = { workspace: workspaceArg };
  static override flags = {
    orphan: Flags.boolean({ summary: 'Only forget the workspace: nothing that it made is removed' }),
    ...parameterFlags,
    ...buildFlags,
    ...incompleteFlag,
  };

  async run(): Promise<BuildResult | null> {
    const { args, flags } = await this.parse(Delete);
    const client = await this.client(flags);
    const { findWorkspace } = await import('../lookups/workspaces.js');
    const workspace = await findWorkspace(client, args.workspace);
    if (flags.orphan) await this.#listOrphans(client, workspace);
    if (!flags.yes && !(await this.#agreed(args.workspace, flags.orphan))) return null;
    const parameters = await this.parametersOf(client, workspace, flags);
    return this.build(client, workspace, args.workspace, flags, {
      transition: 'delete',
      parameters,
      orphan: flags.orphan,
    });
  }

  async #agreed(reference: string, orphan: boolean): Promise<boolean> {
    if (!this.interactive) {
      throw new BerthError('invalid_request', `deleting ${reference} needs --yes where nobody can be asked`);
    }
    const { confirm } = await import('../ask/ask.js');
    const agreed = await confirm(
      orphan ? `Forget workspace ${reference} and leave these behind?` : `Delete workspace ${reference} for good?`,
      false,
    );
    if (!agreed) this.tell('Nothing was done.');
    return agreed;
  }

  async #listOrphans(client: Client, workspace: Workspace): Promise<void> {
    const params = { workspace: workspace.id, number: workspace.latestBuild.number };
    const { resources } = await client.call(routes.buildResources, { params });
    const managed = resources.filter(resource => resource.mode === 'managed');
    this.tell(managed.length === 0 ? 'Its state holds no resource.' : 'These stay behind:');
    for (const resource of managed) this.tell(`  ${resource.address}`);
  }
}

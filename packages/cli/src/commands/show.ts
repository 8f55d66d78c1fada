import type { Client } from '@berth/client';
import { type Output, type Resource, routes, type Workspace } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { workspaceArg } from '../buildCommand.js';
import { ClientCommand } from '../clientCommand.js';

export default class Show extends ClientCommand {
  static override summary = 'Show a workspace: status, parameters, resources, outputs, and why a build waits';
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev',
    '<%= config.bin %> <%= command.id %> alice/dev --reveal',
  ];
  static override args = { workspace: workspaceArg };
  static override flags = {
    reveal: Flags.boolean({ summary: 'Show the values of sensitive outputs, which the audit log notes' }),
  };

  async run(): Promise<{ workspace: Workspace; resources: Resource[]; outputs: Output[] }> {
    const { args, flags } = await this.parse(Show);
    const client = await this.client(flags);
    const [{ findWorkspace }, { workspaceDetail }] = await Promise.all([
      import('../lookups/workspaces.js'),
      import('../show/workspaceDetail.js'),
    ]);
    const workspace = await findWorkspace(client, args.workspace);
    const made = await this.#made(client, workspace, flags.reveal);
    this.print(workspaceDetail(workspace, made, { now: Date.now(), colours: this.colours }));
    return { workspace, ...made };
  }

  /** What the newest build that has ended made: a build under way has no result yet. */
  async #made(client: Client, { id, latestBuild }: Workspace, reveal: boolean) {
    const number = latestBuild.job.finishedAt === null ? latestBuild.number - 1 : latestBuild.number;
    if (number === 0) return { resources: [], outputs: [] };
    return client.call(routes.buildResources, {
      params: { workspace: id, number },
      query: reveal ? { reveal: 'true' } : {},
    });
  }
}

import { type Client, listAll } from '@berth/client';
import { BerthError, routes, type Workspace } from '@berth/protocol';

/**
 * Number of the newest build that left a state.
 *
 * @throws BerthError `not_found` when none has
 */
export async function findStateBuild(client: Client, workspace: Workspace): Promise<number> {
  for await (const build of listAll(client, routes.listBuilds, { params: { workspace: workspace.id } })) {
    if (build.stateSerial !== null) return build.number;
  }
  throw new BerthError('not_found', `no build of ${workspace.name} has left a state`);
}

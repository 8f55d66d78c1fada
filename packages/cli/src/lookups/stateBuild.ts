import { type Client, listAll } from '@berth/client';
import { BerthError, routes, type StateVersion, type Workspace } from '@berth/protocol';

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

/**
 * The newest salvage of a workspace, or of one of its builds.
 *
 * @throws BerthError `not_found` when there is none
 */
export async function findSalvage(
  client: Client,
  { id, name }: Workspace,
  build: number | undefined,
): Promise<StateVersion> {
  const { items } = await client.call(routes.listStates, { params: { workspace: id } });
  const found = items.find(state => state.kind === 'salvage' && (build === undefined || state.build === build));
  if (found !== undefined) return found;
  const whose = build === undefined ? `no build of ${name}` : `build ${build} of ${name} has not`;
  throw new BerthError('not_found', build === undefined ? `${whose} has left salvage` : `${whose} left salvage`, {
    hint: 'Salvage is what a daemon hands in that comes back after its build had been given up.',
  });
}

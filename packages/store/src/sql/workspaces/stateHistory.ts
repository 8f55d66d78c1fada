import type { StateVersion } from '../../contract/workspaces.js';
import type { Vault } from '../../vault/vault.js';
import { stateColumns, stateRefOf } from '../blobs/states.js';
import type { Tx } from '../database.js';

/** Most states that are listed. */
const MOST = 500;

/** Every state of a workspace, newest first. */
export async function stateHistory(tx: Tx, vault: Vault, workspaceId: string, id?: string): Promise<StateVersion[]> {
  const rows = await tx.db
    .selectFrom('builds')
    .innerJoin('states', 'states.build_id', 'builds.id')
    .innerJoin('workspaces', 'workspaces.id', 'builds.workspace_id')
    .innerJoin('builds as newest', 'newest.id', 'workspaces.latest_build_id')
    .leftJoin('users', 'users.id', 'states.pushed_by')
    .select([
      'states.id',
      'builds.number as build',
      'states.attempt',
      'states.kind',
      'states.engine_name as engineName',
      'states.engine_version as engineVersion',
      'states.created_at as createdAt',
      'states.dropped_at as droppedAt',
      'users.id as userId',
      'users.username',
      'newest.state_id as currentId',
    ])
    .select(stateColumns)
    .where('builds.workspace_id', '=', workspaceId)
    .$if(id !== undefined, query => query.where('states.id', '=', id ?? ''))
    .orderBy('states.created_at', 'desc')
    .orderBy('states.id', 'desc')
    .limit(MOST)
    .execute();
  return rows.flatMap(row => {
    const state = stateRefOf(vault, row);
    if (state === null) return [];
    const { userId, username } = row;
    return [
      {
        id: row.id,
        build: row.build,
        attempt: row.attempt,
        kind: row.kind,
        engine: { name: row.engineName, version: row.engineVersion },
        state,
        createdAt: row.createdAt,
        pushedBy: userId === null || username === null ? null : { id: userId, username },
        current: row.id === row.currentId,
        kept: row.droppedAt === null,
      },
    ];
  });
}

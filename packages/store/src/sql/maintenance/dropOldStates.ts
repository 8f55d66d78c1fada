import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';

/** Workspaces that one step looks at. */
const BATCH = 20;

/**
 * Marks the states of builds before the last `keep` of their workspace as dropped; their content goes with the blobs that
 * no state names any more.
 *
 * @param after id of the workspace after which it goes on
 * @returns the last one that was looked at; null at the end
 */
export async function dropOldStates(
  { database }: StoreContext,
  after: string,
  keep: number,
): Promise<{ last: string | null; dropped: number }> {
  const workspaces = await database.read(tx =>
    tx.db
      .selectFrom('workspaces')
      .innerJoin('builds', 'builds.id', 'workspaces.latest_build_id')
      .select(['workspaces.id', 'builds.number as latest'])
      .where('workspaces.id', '>', after)
      .orderBy('workspaces.id')
      .limit(BATCH)
      .execute(),
  );
  let dropped = 0;
  for (const { id, latest } of workspaces) {
    if (latest <= keep) continue;
    dropped += await database.write(tx => dropOf(tx, id, keep), { durable: false });
  }
  return { last: workspaces.length < BATCH ? null : (workspaces.at(-1)?.id ?? null), dropped };
}

async function dropOf(tx: Tx, workspaceId: string, keep: number): Promise<number> {
  // A build that is made meanwhile begins with the present state, which stays.
  await tx.hold('workspaces', workspaceId);
  const { latest } = await tx.db
    .selectFrom('builds')
    .select(eb => eb.fn.max('number').as('latest'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  const first = latest - keep + 1;
  const keptBuilds = tx.db
    .selectFrom('builds')
    .select(['state_id', 'input_state_id'])
    .where('workspace_id', '=', workspaceId)
    .where('number', '>=', first);
  const plannedOn = tx.db
    .selectFrom('dry_runs')
    .innerJoin('jobs', 'jobs.id', 'dry_runs.job_id')
    .select(['dry_runs.input_state_id as state_id', 'dry_runs.input_state_id'])
    .where('dry_runs.workspace_id', '=', workspaceId)
    .where('jobs.finished_at', 'is', null);
  const rows = [...(await keptBuilds.execute()), ...(await plannedOn.execute())];
  const kept = rows.flatMap(row => [row.state_id, row.input_state_id]);
  const { numUpdatedRows } = await tx.db
    .updateTable('states')
    .set({ dropped_at: tx.now })
    .where('dropped_at', 'is', null)
    .where('build_id', 'in', eb =>
      eb
        .selectFrom('builds')
        .select('builds.id')
        .where('builds.workspace_id', '=', workspaceId)
        .where('builds.number', '<', first),
    )
    .where('id', 'not in', ['', ...kept.filter(id => id !== null)])
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

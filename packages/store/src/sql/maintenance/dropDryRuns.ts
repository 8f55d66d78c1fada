import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';

/** Dry runs that one step looks at. */
const BATCH = 50;
/** How long the plan of a dry run, and its log, can be looked at after its end. */
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Deletes dry runs that ended a week ago, with their jobs and logs: every start with other parameters makes one, and
 * nothing refers to it.
 *
 * @param after id of the job after which it goes on
 * @returns the last one that was looked at; null at the end
 */
export async function dropDryRuns(
  { database }: StoreContext,
  after: string,
): Promise<{ last: string | null; dropped: number }> {
  const runs = await database.read(async tx => {
    const rows = await tx.db
      .selectFrom('dry_runs')
      .innerJoin('jobs', 'jobs.id', 'dry_runs.job_id')
      .select(['jobs.id', 'jobs.finished_at as finishedAt'])
      .where('dry_runs.job_id', '>', after)
      .orderBy('dry_runs.job_id')
      .limit(BATCH)
      .execute();
    return rows.map(({ id, finishedAt }) => ({ id, isOld: finishedAt !== null && finishedAt < tx.now - KEPT_MS }));
  });
  const old = runs.flatMap(({ id, isOld }) => (isOld ? [id] : []));
  if (old.length > 0) await database.write(tx => dropOf(tx, old), { durable: false });
  return { last: runs.length < BATCH ? null : (runs.at(-1)?.id ?? null), dropped: old.length };
}

/** What has ended changes no more, so nothing has to be held. */
async function dropOf(tx: Tx, ids: readonly string[]): Promise<void> {
  for (const table of ['log_batches', 'results', 'attempts', 'passing_values', 'dry_runs'] as const) {
    await tx.db.deleteFrom(table).where('job_id', 'in', ids).execute();
  }
  await tx.db.deleteFrom('jobs').where('id', 'in', ids).execute();
}

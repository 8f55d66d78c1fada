import { BerthError, type JobStatus, type Page, type Paged } from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import { afterCursor, cutPage } from '../cursor.js';
import { sql } from '../kysely.js';
import { starvingSince } from '../queue/heads.js';
import { jobRecord, readJob, selectJobs } from './jobRow.js';

export async function jobById({ database }: StoreContext, id: string): Promise<JobRecord | null> {
  return database.read(async tx => {
    const row = await readJob(tx, id);
    return row === undefined ? null : jobRecord(row);
  });
}

/** Newest first. */
export async function listJobs(
  { database }: StoreContext,
  filter: { organizationId: string; status?: JobStatus | undefined },
  page: Page,
): Promise<Paged<JobRecord>> {
  return database.read(async tx => {
    const { status } = filter;
    const rows = await selectJobs(tx.db)
      .where('jobs.organization_id', '=', filter.organizationId)
      .$if(status !== undefined, query => query.where('jobs.status', '=', status ?? 'pending'))
      .where(afterCursor(page, { by: 'jobs.created_at', id: 'jobs.id', direction: 'desc' }))
      .orderBy('jobs.created_at', 'desc')
      .orderBy('jobs.id', 'desc')
      .limit(page.limit + 1)
      .execute();
    return cutPage(rows.map(jobRecord), page, job => [job.createdAt, job.id]);
  });
}

/**
 * 1 for the job that a free slot would take next among those with the same requirements, 0 for one that does not wait.
 * Counts what stands before it, so it costs more the longer the queue is: for people who look, not for the scheduler.
 */
export async function position({ database }: StoreContext, jobId: string): Promise<number> {
  return database.read(async tx => {
    const job = await tx.db
      .selectFrom('jobs')
      .select(['id', 'lane_id', 'priority', 'start_tag', 'created_at', 'offered_at', 'finished_at'])
      .where('id', '=', jobId)
      .executeTakeFirst();
    if (job === undefined) throw new BerthError('not_found', `there is no job ${jobId}`);
    if (job.offered_at !== null || job.finished_at !== null) return 0;
    const since = starvingSince(tx.now);
    const older = sql<boolean>`(created_at, id) < (${job.created_at}, ${job.id})`;
    const foremore = sql<boolean>`(priority, start_tag, created_at, id)
      < (${job.priority}, ${job.start_tag}, ${job.created_at}, ${job.id})`;
    const before = await tx.db
      .selectFrom('jobs')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('lane_id', '=', job.lane_id)
      .where('finished_at', 'is', null)
      .where('offered_at', 'is', null)
      .where(eb => (job.created_at <= since ? older : eb.or([eb('created_at', '<=', since), foremore])))
      .executeTakeFirstOrThrow();
    return before.count + 1;
  });
}

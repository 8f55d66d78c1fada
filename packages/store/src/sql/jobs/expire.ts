import { transition } from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import { jobRecord, selectJobs } from './jobRow.js';
import { lockJob, saveJob } from './lockedJob.js';

/** Most jobs that one call gives: the next call gives more. */
const BATCH = 100;

/** Jobs that wait for longer than `maxPendingMs`, by the index of each organization's pending jobs. */
export async function overdue({ database }: StoreContext, maxPendingMs: number): Promise<JobRecord[]> {
  return database.read(async tx => {
    const organizations = await tx.db.selectFrom('organizations').select('id').execute();
    const rows = await selectJobs(tx.db)
      .where(
        'jobs.organization_id',
        'in',
        organizations.map(row => row.id),
      )
      .where('jobs.status', '=', 'pending')
      .where('jobs.created_at', '<=', tx.now - maxPendingMs)
      .where('jobs.offered_at', 'is', null)
      .orderBy('jobs.created_at')
      .orderBy('jobs.id')
      .limit(BATCH)
      .execute();
    return rows.map(jobRecord);
  });
}

/** Fails a job that waits. */
export async function expire({ database }: StoreContext, jobId: string, why: string): Promise<JobRecord> {
  return database.write(async tx => {
    const job = await lockJob(tx, jobId);
    const facts = transition(job.record, { type: 'expire' }, tx.now);
    return saveJob(tx, job, {
      facts,
      error: { code: 'pending_too_long', message: why, hint: null, fields: null },
    });
  });
}

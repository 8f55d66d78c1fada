import { type ErrorBody, transition } from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { endAttempt, type LockedJob, lockJob, saveJob } from './lockedJob.js';

/** Ends a job that waits; asks a running one to end. */
export async function requestCancel({ database }: StoreContext, jobId: string): Promise<JobRecord> {
  return database.write(async tx => cancelJob(tx, await lockJob(tx, jobId)));
}

/** Throws `illegal_transition` when the job has ended. */
export async function cancelJob(tx: Tx, job: LockedJob): Promise<JobRecord> {
  const facts = transition(job.record, { type: 'request_cancel' }, tx.now);
  if (facts.finishedAt === null) return saveJob(tx, job, { facts });
  if (job.record.offeredAt !== null) {
    await endAttempt(tx, { job: job.record.id, attempt: job.record.attempt }, 'canceled');
  }
  return saveJob(tx, job, { facts, error: canceledBecause('the job was canceled before it started') });
}

/** The error of a job that ended because somebody asked for it. */
export function canceledBecause(message: string): ErrorBody {
  return { code: 'canceled', message, hint: null, fields: null };
}

import type { JobRecord } from '@berth/store';
import type { Core } from '../core.js';

/**
 * Asks a job to end, and tells its daemon: one that only had the offer loses it, one that runs it begins the stop ladder
 * (or, asked a second time, goes on to its hard step).
 *
 * @throws BerthError `illegal_transition` when it has ended
 */
export async function cancelJob(
  { store, live, scheduler, changes }: Pick<Core, 'store' | 'live' | 'scheduler' | 'changes'>,
  jobId: string,
): Promise<JobRecord> {
  const job = await store.jobs.requestCancel(jobId);
  changes.jobs.publish(jobId);
  changes.waiting.publish(job.organization);
  const daemon = job.daemon === null ? null : live.byId(job.daemon.id);
  if (daemon === null) return job;
  const ref = { job: job.id, attempt: job.attempt };
  if (job.finishedAt === null) {
    daemon.send({ type: 'cancel', ...ref, mode: job.hardCancelRequestedAt === null ? 'soft' : 'hard' });
  } else if (daemon.slots.endOffer(ref)) {
    daemon.fence(ref, 'the job was canceled');
    void scheduler.fill(daemon);
  }
  return job;
}

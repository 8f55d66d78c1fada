import { BerthError } from '@berth/protocol';
import type { Core } from '../core.js';
import { JobViews } from '../views/jobViews.js';
import { Rounds } from './rounds.js';

/** At least so often jobs that wait are looked at. */
const mostMs = 10_000;

/** Fails the jobs that have waited for longer than `maxPendingMs`, and says why nobody took them. */
export function pendingLimit(core: Pick<Core, 'store' | 'changes' | 'log'>, maxPendingMs: number): Rounds {
  const { store, changes, log } = core;
  const everyMs = Math.min(mostMs, Math.max(100, maxPendingMs / 4));
  const round = async () => {
    const views = new JobViews(core);
    for (const job of await store.jobs.overdue(maxPendingMs)) {
      const { waiting } = await views.of(job);
      const why = waiting === null ? '' : `: ${waiting.message}`;
      try {
        await store.jobs.expire(job.id, `no daemon took it within ${Math.round(maxPendingMs / 1000)} s${why}`);
      } catch (error) {
        // Taken, or canceled, in this very moment.
        if (!(error instanceof BerthError) || error.code !== 'illegal_transition') throw error;
        continue;
      }
      log.warn({ job: job.id, why: waiting?.reason }, 'a job has waited for too long');
      changes.jobs.publish(job.id);
      changes.waiting.publish(job.organization);
    }
    return everyMs;
  };
  return new Rounds('looking for jobs that have waited for too long', round, everyMs, log);
}

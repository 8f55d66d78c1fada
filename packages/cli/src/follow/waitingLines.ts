import type { Job, Waiting } from '@berth/protocol';
import { printable } from '../output/printable.js';
import { dateTime } from '../output/time.js';

/** Why a pending job has not started: the reason, what the nearest daemon lacks (it is part of it), and its place. */
export function waitingLines(waiting: Waiting): string[] {
  const before = waiting.position - 1;
  const place = before === 1 ? '1 job is before it' : `${before} jobs are before it`;
  return [printable(waiting.message), ...(before > 0 ? [place] : [])];
}

/** What a running job's reader must know beside its phase: that it is out of reach, or being canceled. */
export function troubleLine(job: Job): string | null {
  if (job.unreachableSince !== null) {
    const until = job.giveUpAt === null ? '' : `, and is given up at ${dateTime(job.giveUpAt)}`;
    return `daemon ${job.daemon?.name ?? '?'} is unreachable since ${dateTime(job.unreachableSince)}; the job goes on when it is back${until}`;
  }
  if (job.status === 'canceling') return 'being canceled: terraform finishes what it has begun';
  return null;
}

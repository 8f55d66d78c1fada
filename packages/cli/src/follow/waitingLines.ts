import type { Job, Waiting } from '@berth/protocol';
import { printable } from '../output/printable.js';

/** Why a pending job has not started: the reason, what the nearest daemon lacks (it is part of it), and its place. */
export function waitingLines(waiting: Waiting): string[] {
  const before = waiting.position - 1;
  const place = before === 1 ? '1 job is before it' : `${before} jobs are before it`;
  return [printable(waiting.message), ...(before > 0 ? [place] : [])];
}

/** What a running job's reader must know beside its phase: that it is out of reach, or being canceled. */
export function troubleLine(job: Job): string | null {
  if (job.unreachableSince !== null) {
    return `daemon ${job.daemon?.name ?? '?'} is out of reach since ${new Date(job.unreachableSince).toLocaleTimeString()}; the job goes on when it is back`;
  }
  if (job.status === 'canceling') return 'being canceled: terraform finishes what it has begun';
  return null;
}

import {
  type AttemptRef,
  BerthError,
  type ErrorBody,
  guardHolds,
  type JobFacts,
  ownsJob,
  type Phase,
  timings,
} from '@berth/protocol';
import type { JobRecord, JobTimes } from '../../contract/jobs.js';
import type { Tx } from '../database.js';
import type { Share } from '../queue/fairShare.js';
import type { AttemptEnd, JobTable } from '../tables/jobs.js';
import { factColumns, findJob, type JobRow, jobRecord } from './jobRow.js';
import { erasePassing } from './passingValues.js';

/** A job that no other transaction changes until this one ends. */
export interface LockedJob extends Share {
  record: JobRecord;
  versionId: string;
  startTag: number;
}

/** What an operation makes of a job: the facts by the protocol's `transition`, and what goes with them. */
interface JobChange {
  facts: JobFacts;
  error?: ErrorBody;
  /** Added to the notes. */
  note?: string;
  phase?: Phase | null;
  daemon?: { id: string; name: string };
  resultAttempt?: number;
  times?: JobTimes;
}

/** Throws `not_found`. */
export async function lockJob(tx: Tx, id: string): Promise<LockedJob> {
  const row = await findJob(tx, id);
  if (row === undefined) throw new BerthError('not_found', `there is no job ${id}`);
  return lockedJob(row);
}

/** Throws `not_found`, and `fenced` when the attempt does not own the job. */
export async function lockOwnJob(tx: Tx, ref: AttemptRef): Promise<LockedJob> {
  const job = await lockJob(tx, ref.job);
  if (!ownsJob(job.record, ref.attempt)) throw fenced(ref);
  return job;
}

export function fenced(ref: AttemptRef): BerthError {
  return new BerthError('fenced', `attempt ${ref.attempt} does not own job ${ref.job}`);
}

export function lockedJob(row: JobRow): LockedJob {
  const { versionId, queueId, priority, startTag } = row;
  return { record: jobRecord(row), versionId, queueId, priority, startTag };
}

/** Writes what has changed and returns the job as it is now. */
export async function saveJob(tx: Tx, job: LockedJob, change: JobChange): Promise<JobRecord> {
  const before = job.record;
  const after: JobRecord = {
    ...before,
    ...change.facts,
    error: change.error ?? before.error,
    notes: change.note === undefined ? before.notes : [...before.notes, change.note],
    phase: change.phase === undefined ? before.phase : change.phase,
    daemon: change.daemon ?? before.daemon,
    times: change.times ?? before.times,
    giveUpAt: giveUpAt(before, change.facts),
  };
  const columns: Partial<Omit<JobTable, 'status'>> = {
    ...changedFacts(before, after),
    ...(after.error === before.error ? {} : { error: JSON.stringify(after.error) }),
    ...(after.notes === before.notes ? {} : { notes: JSON.stringify(after.notes) }),
    ...(after.phase === before.phase ? {} : { phase: after.phase }),
    ...(change.daemon === undefined ? {} : { daemon_id: change.daemon.id }),
    ...(change.resultAttempt === undefined ? {} : { result_attempt: change.resultAttempt }),
    ...timesColumns(change.times),
    ...(after.giveUpAt === before.giveUpAt ? {} : { give_up_at: after.giveUpAt }),
  };
  if (Object.keys(columns).length > 0) {
    await tx.db.updateTable('jobs').set(columns).where('id', '=', before.id).execute();
  }
  if (before.finishedAt === null && after.finishedAt !== null && guardHolds('store.passing_values')) {
    await erasePassing(tx, before.id);
  }
  return after;
}

/** Stands as long as the job is unreachable, but for what a gap between the coordinators' beats adds to it. */
function giveUpAt(before: JobRecord, facts: JobFacts): number | null {
  if (facts.unreachableSince === null) return null;
  return before.giveUpAt ?? facts.unreachableSince + (before.times?.lostAfterMs ?? timings.lostAfterMs);
}

function timesColumns(times: JobTimes | undefined): Partial<JobTable> {
  if (times === undefined) return {};
  return { hold_ms: times.holdMs, lost_after_ms: times.lostAfterMs, cancel_grace_ms: times.cancelGraceMs };
}

/** Notes that an attempt no longer owns its job, and why. */
export async function endAttempt(tx: Tx, ref: AttemptRef, how: AttemptEnd): Promise<void> {
  await tx.db
    .updateTable('attempts')
    .set({ ended_at: tx.now, ended_how: how })
    .where('job_id', '=', ref.job)
    .where('number', '=', ref.attempt)
    .execute();
}

function changedFacts(before: JobFacts, after: JobFacts): Record<string, string | number | null> {
  const changed: Record<string, string | number | null> = {};
  for (const [fact, column] of Object.entries(factColumns)) {
    const key = fact as keyof typeof factColumns;
    if (before[key] !== after[key]) changed[column] = after[key];
  }
  return changed;
}

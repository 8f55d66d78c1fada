import { z } from 'zod';
import { BerthError, type ErrorCode } from './errors.js';
import { guardHolds } from './guards.js';
import { maxLostAttempts, timings } from './limits.js';

export const jobType = z.enum(['template_import', 'template_dry_run', 'workspace_build']);
export type JobType = z.infer<typeof jobType>;

export const jobStatus = z.enum(['pending', 'running', 'canceling', 'succeeded', 'failed', 'canceled']);
export type JobStatus = z.infer<typeof jobStatus>;

/**
 * What is stored of a job's course; its status is derived from it and stored nowhere. Times are milliseconds since 1970
 * on the store's clock; null means that it has not happened (in the present attempt).
 */
export interface JobFacts {
  type: JobType;
  /** The attempt that owns the job, or owned it last; 0 before the first offer. Every message of a daemon names it. */
  attempt: number;
  /** How many attempts were lost after accept and before the gate. Offers that nobody accepted do not count. */
  lostAttempts: number;
  /** The coordinator has reserved the job for a slot… */
  offeredAt: number | null;
  /** …which must accept before this. Null once it did. */
  offerExpiresAt: number | null;
  /** The daemon accepted. */
  startedAt: number | null;
  leaseExpiresAt: number | null;
  /** The gate: a terraform that can change something may have been started at any time since. */
  applyStartedAt: number | null;
  /** The lease ran out after the gate. Null again when the daemon is back. */
  unreachableSince: number | null;
  cancelRequestedAt: number | null;
  /** A second cancel request: the ladder goes on to its hard step. */
  hardCancelRequestedAt: number | null;
  finishedAt: number | null;
  /** Why it did not succeed; `canceled` when a request ended it. */
  errorCode: ErrorCode | null;
}

/** Where a job stands, finer than its status. Cancel requests are looked at apart: they can come at any stage. */
export type JobStage = 'queued' | 'offered' | 'preparing' | 'applying' | 'unreachable' | 'finished';

export type JobEvent =
  | { type: 'offer'; offerMs: number }
  /** The offer ran out, was declined, or its daemon went away: back to the old place in the queue. */
  | { type: 'withdraw_offer' }
  | { type: 'accept'; leaseMs: number }
  | { type: 'open_gate' }
  | { type: 'heartbeat'; leaseMs: number }
  /** The lease ran out. */
  | { type: 'lose' }
  /**
   * The daemon's journal proves that this attempt never started a terraform, although the gate was open. `lost`: it died
   * at it, which counts as a lost attempt, so that a job that ends its daemons ends itself.
   */
  | { type: 'not_started'; lost?: boolean }
  /** The daemon gave the job back before the gate, by itself: its slot is stopping. */
  | { type: 'hand_back' }
  /** Lost-after has passed, or an admin released the workspace. */
  | { type: 'give_up' }
  | { type: 'request_cancel' }
  | { type: 'complete' }
  | { type: 'fail'; code: ErrorCode }
  /** It waited longer than the coordinator allows. */
  | { type: 'expire' };

export function newJobFacts(type: JobType): JobFacts {
  return {
    type,
    attempt: 0,
    lostAttempts: 0,
    offeredAt: null,
    offerExpiresAt: null,
    startedAt: null,
    leaseExpiresAt: null,
    applyStartedAt: null,
    unreachableSince: null,
    cancelRequestedAt: null,
    hardCancelRequestedAt: null,
    finishedAt: null,
    errorCode: null,
  };
}

/** The one derivation of a job's status. The stores' status column repeats it in SQL; their conformance suite compares. */
export function statusOf(job: JobFacts): JobStatus {
  if (job.finishedAt !== null) {
    if (job.errorCode === null) return 'succeeded';
    return job.errorCode === 'canceled' ? 'canceled' : 'failed';
  }
  if (job.cancelRequestedAt !== null) return 'canceling';
  return job.startedAt === null ? 'pending' : 'running';
}

export function stageOf(job: JobFacts): JobStage {
  if (job.finishedAt !== null) return 'finished';
  if (job.unreachableSince !== null) return 'unreachable';
  if (job.applyStartedAt !== null) return 'applying';
  if (job.startedAt !== null) return 'preparing';
  return job.offeredAt === null ? 'queued' : 'offered';
}

/** Only a job that can change something passes the gate. */
export function needsGate(type: JobType): boolean {
  return type === 'workspace_build';
}

/**
 * Whether `attempt` still owns the job, so that its messages count. Every other attempt is fenced.
 */
export function ownsJob(job: Pick<JobFacts, 'attempt' | 'offeredAt' | 'finishedAt'>, attempt: number): boolean {
  if (!guardHolds('protocol.fence')) return job.finishedAt === null;
  return job.finishedAt === null && job.attempt === attempt && job.offeredAt !== null;
}

/**
 * The one transition function: what a job becomes by an event. The same message may come twice (a daemon that
 * reconnects asks again): accept, open_gate and heartbeat of the owning attempt change nothing the second time but the
 * lease.
 *
 * @param now the store's clock, milliseconds
 * @throws BerthError `illegal_transition`; `gate_closed` when a cancel request stands before the gate
 */
export function transition(job: JobFacts, event: JobEvent, now: number): JobFacts {
  const stage = stageOf(job);
  const held = stage === 'preparing' || stage === 'applying' || stage === 'unreachable';
  switch (event.type) {
    case 'offer':
      if (stage !== 'queued') break;
      return { ...job, attempt: job.attempt + 1, offeredAt: now, offerExpiresAt: now + event.offerMs };
    case 'withdraw_offer':
      if (stage !== 'offered') break;
      return { ...job, offeredAt: null, offerExpiresAt: null };
    case 'accept':
      if (stage === 'offered') {
        return { ...job, offerExpiresAt: null, startedAt: now, leaseExpiresAt: now + event.leaseMs };
      }
      if (held) return renewed(job, now + event.leaseMs);
      break;
    case 'heartbeat':
      if (!held) break;
      return renewed(job, now + event.leaseMs);
    case 'open_gate':
      if (!needsGate(job.type)) break;
      if (stage === 'applying' || stage === 'unreachable') return job;
      if (stage !== 'preparing') break;
      if (job.cancelRequestedAt !== null)
        throw new BerthError('gate_closed', 'the build was canceled before it changed anything');
      return { ...job, applyStartedAt: now };
    case 'lose':
      if (stage === 'preparing') return lostBeforeGate(job, now);
      if (stage === 'applying' && !guardHolds('protocol.gate')) return lostBeforeGate(job, now);
      if (stage === 'applying') return { ...job, unreachableSince: now };
      break;
    case 'not_started':
      if (!held) break;
      if (event.lost === true) return lostBeforeGate(job, now);
      return job.cancelRequestedAt === null ? requeued(job) : finished(job, 'canceled', now);
    case 'hand_back':
      if (stage !== 'preparing') break;
      return job.cancelRequestedAt === null ? requeued(job) : finished(job, 'canceled', now);
    case 'give_up':
      if (stage !== 'unreachable') break;
      return finished(job, 'daemon_lost', now);
    case 'request_cancel':
      if (stage === 'queued' || stage === 'offered')
        return finished({ ...job, cancelRequestedAt: now }, 'canceled', now);
      if (!held) break;
      if (job.cancelRequestedAt === null) return { ...job, cancelRequestedAt: now };
      return { ...job, hardCancelRequestedAt: job.hardCancelRequestedAt ?? now };
    case 'complete':
      if (!held || (needsGate(job.type) && job.applyStartedAt === null)) break;
      return finished(job, null, now);
    case 'fail':
      if (!held || (event.code === 'canceled' && job.cancelRequestedAt === null)) break;
      return finished(job, event.code, now);
    case 'expire':
      if (stage !== 'queued') break;
      return finished(job, 'pending_too_long', now);
  }
  if (event.type === 'request_cancel') {
    throw new BerthError('illegal_transition', `there is nothing to cancel: the job has ended (${statusOf(job)})`);
  }
  throw new BerthError('illegal_transition', `a job that is ${describe(job)} cannot '${event.type}'`);
}

/** Whether a success came although somebody had asked to cancel: the answer says so. */
export function cancelCameTooLate(job: JobFacts): boolean {
  return statusOf(job) === 'succeeded' && job.cancelRequestedAt !== null;
}

/**
 * Checks the two times that travel with every build: a build must not be given up while its terraform may still run.
 *
 * @throws BerthError `invalid_request`
 */
export function checkHold(times: { holdMs: number; lostAfterMs: number; cancelGraceMs: number }): void {
  const least = times.holdMs + times.cancelGraceMs + timings.lostAfterMarginMs;
  if (times.lostAfterMs >= least) return;
  throw new BerthError('invalid_request', `--lost-after (${times.lostAfterMs / 1000} s) is too short`, {
    hint: `It must be at least hold + cancel grace + 90 s: ${least / 1000} s.`,
  });
}

function renewed(job: JobFacts, leaseExpiresAt: number): JobFacts {
  return { ...job, leaseExpiresAt, unreachableSince: null };
}

function requeued(job: JobFacts): JobFacts {
  return {
    ...job,
    offeredAt: null,
    offerExpiresAt: null,
    startedAt: null,
    leaseExpiresAt: null,
    applyStartedAt: null,
    unreachableSince: null,
  };
}

function lostBeforeGate(job: JobFacts, now: number): JobFacts {
  const lost = { ...job, lostAttempts: job.lostAttempts + 1 };
  if (job.cancelRequestedAt !== null) return finished(lost, 'canceled', now);
  return lost.lostAttempts >= maxLostAttempts ? finished(lost, 'attempts_exhausted', now) : requeued(lost);
}

function finished(job: JobFacts, errorCode: ErrorCode | null, now: number): JobFacts {
  return { ...job, finishedAt: now, errorCode, offerExpiresAt: null, leaseExpiresAt: null, unreachableSince: null };
}

function describe(job: JobFacts): string {
  return job.finishedAt === null ? stageOf(job) : statusOf(job);
}

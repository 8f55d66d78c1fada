import { type AttemptRef, needsGate, ownsJob, stageOf, timings, transition } from '@berth/protocol';
import type { JobRecord, JobStore, JobTimes } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { canceledBecause } from './cancel.js';
import { endAttempt, fenced, type LockedJob, lockJob, lockOwnJob, saveJob } from './lockedJob.js';

/** Puts an offered job back to its old place. */
export async function withdrawOffer({ database }: StoreContext, ref: AttemptRef): Promise<JobRecord> {
  return database.write(
    async tx => {
      const job = await lockOwnJob(tx, ref);
      return takeBack(tx, job, 'offer_withdrawn');
    },
    { durable: false },
  );
}

/** The offer of a locked job is over; its daemon is no longer told as the job's. */
export async function takeBack(tx: Tx, job: LockedJob, how: 'offer_withdrawn' | 'offer_expired'): Promise<JobRecord> {
  const facts = transition(job.record, { type: 'withdraw_offer' }, tx.now);
  await endAttempt(tx, { job: job.record.id, attempt: job.record.attempt }, how);
  return saveJob(tx, job, { facts });
}

/** The daemon takes the job, and gets the gate with it where that may be. */
export async function accept(
  { database }: StoreContext,
  ref: AttemptRef & { daemonId: string },
  { leaseMs, tokenHash, openGate, times }: Parameters<JobStore['accept']>[1],
): Promise<{ job: JobRecord; gateOpen: boolean }> {
  return database.write(async tx => {
    const job = await lockOwnJob(tx, ref);
    if (job.record.daemon?.id !== ref.daemonId) throw fenced(ref);
    let facts = transition(job.record, { type: 'accept', leaseMs }, tx.now);
    if (openGate && needsGate(facts.type) && facts.cancelRequestedAt === null) {
      facts = transition(facts, { type: 'open_gate' }, tx.now);
    }
    const isFirst = job.record.startedAt === null;
    await tx.db
      .updateTable('attempts')
      .set({ token_hash: tokenHash, accepted_at: facts.startedAt, apply_started_at: facts.applyStartedAt })
      .$if(isFirst, update =>
        // The data directory that has the attempt's journal from now on.
        update.set({
          instance: eb => eb.selectFrom('daemons').select('daemons.instance').where('id', '=', ref.daemonId),
        }),
      )
      .where('job_id', '=', ref.job)
      .where('number', '=', ref.attempt)
      .execute();
    const change = isFirst ? { facts, times: times ?? standardTimes } : { facts };
    return { job: await saveJob(tx, job, change), gateOpen: facts.applyStartedAt !== null };
  });
}

const standardTimes: JobTimes = {
  holdMs: timings.holdMs,
  lostAfterMs: timings.lostAfterMs,
  cancelGraceMs: timings.cancelGraceMs,
};

/** Stores the permission to start a terraform that can change something. It is on disk before the answer is given. */
export async function openGate({ database }: StoreContext, ref: AttemptRef): Promise<boolean> {
  return database.write(async tx => {
    const job = await lockOwnJob(tx, ref);
    if (stageOf(job.record) === 'preparing' && job.record.cancelRequestedAt !== null) return false;
    const facts = transition(job.record, { type: 'open_gate' }, tx.now);
    await saveJob(tx, job, { facts });
    await tx.db
      .updateTable('attempts')
      .set({ apply_started_at: facts.applyStartedAt })
      .where('job_id', '=', ref.job)
      .where('number', '=', ref.attempt)
      .execute();
    return true;
  });
}

/** The daemon gives the job back before the gate; told again, the answer is the same. */
export async function handBack({ database }: StoreContext, ref: AttemptRef, reason: string): Promise<JobRecord> {
  return database.write(async tx => {
    const job = await lockJob(tx, ref.job);
    const attempt = await tx.db
      .selectFrom('attempts')
      .select('ended_how as endedHow')
      .where('job_id', '=', ref.job)
      .where('number', '=', ref.attempt)
      .executeTakeFirst();
    if (attempt?.endedHow === 'handed_back') return job.record;
    if (!ownsJob(job.record, ref.attempt)) throw fenced(ref);
    const facts = transition(job.record, { type: 'hand_back' }, tx.now);
    await endAttempt(tx, ref, 'handed_back');
    const note = `attempt ${ref.attempt}: daemon ${job.record.daemon?.name} gave the job back: ${reason}`;
    if (facts.finishedAt === null) return saveJob(tx, job, { facts, note, phase: null });
    return saveJob(tx, job, { facts, note, error: canceledBecause('the job was canceled before it changed anything') });
  });
}

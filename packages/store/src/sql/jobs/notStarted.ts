import {
  type AttemptRef,
  BerthError,
  type ErrorBody,
  guardHolds,
  type JobFacts,
  ownsJob,
  stageOf,
  transition,
} from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { findAttempt } from './attemptRow.js';
import { canceledBecause } from './cancel.js';
import { endAttempt, fenced, lockJob, saveJob } from './lockedJob.js';
import { errorOfLost } from './lostAttempts.js';
import { takeBack } from './offers.js';

/**
 * The attempt's journal proves that no engine was started. Gate and requeue are one statement each on the same held job,
 * so that a gate which opens at the same moment is either undone by this or finds itself fenced.
 */
export async function notStarted(
  { database }: StoreContext,
  ref: AttemptRef,
  by: { daemonId: string; instance: string },
  reason: string,
  lost = false,
): Promise<JobRecord> {
  return database.write(async tx => {
    const job = await lockJob(tx, ref.job);
    const attempt = await findAttempt(tx, ref);
    if (attempt?.endedHow === 'not_started' && attempt.instance === by.instance) return job.record;
    if (attempt?.daemonId !== by.daemonId || !ownsJob(job.record, ref.attempt)) throw fenced(ref);
    // Its accept has never arrived.
    if (stageOf(job.record) === 'offered') return takeBack(tx, job, 'offer_withdrawn');
    if (attempt.instance !== by.instance && guardHolds('store.instance')) {
      throw new BerthError(
        'wrong_instance',
        `attempt ${ref.attempt} of job ${ref.job} was accepted with another data directory, whose journal alone knows`,
      );
    }
    const facts = transition(job.record, { type: 'not_started', lost }, tx.now);
    await endAttempt(tx, ref, 'not_started');
    const note = `attempt ${ref.attempt}: daemon ${job.record.daemon?.name} had not started it: ${reason}`;
    if (facts.finishedAt === null) return saveJob(tx, job, { facts, note, phase: null });
    return saveJob(tx, job, { facts, note, error: await errorOf(tx, job.record, facts) });
  });
}

async function errorOf(tx: Tx, job: JobRecord, facts: JobFacts): Promise<ErrorBody> {
  if (facts.errorCode === 'canceled') return canceledBecause('the job was canceled before it changed anything');
  return errorOfLost(tx, job);
}

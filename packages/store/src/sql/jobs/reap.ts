import { stageOf, timings, transition } from '@berth/protocol';
import type { Reaped } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import type { StoreDatabase, Tx } from '../database.js';
import { BEAT_GAP_MS, lastBeat } from './beat.js';
import { canceledBecause } from './cancel.js';
import { giveUp } from './giveUp.js';
import { endAttempt, type LockedJob, lockJob, saveJob } from './lockedJob.js';
import { errorOfLost } from './lostAttempts.js';
import { takeBack } from './offers.js';

/** Most jobs that one call looks at: what is left over is due at the next call, a second later. */
const BATCH = 500;

/**
 * Ends offers and leases that have run out: each in a transaction of its own that looks again, since a daemon may have
 * accepted or renewed in between.
 */
export async function reap(context: StoreContext, what = { leases: true }): Promise<Reaped[]> {
  const { database } = context;
  const reaped: Reaped[] = [];
  for (const id of await dueJobs(database, what.leases)) {
    const one = await database.write(async tx => reapJob(tx, context, await lockJob(tx, id)), { durable: false });
    if (one !== null) reaped.push(one);
  }
  return reaped;
}

async function dueJobs(database: StoreDatabase, leasesToo: boolean): Promise<string[]> {
  return database.read(async tx => {
    const offers = await tx.db
      .selectFrom('jobs')
      .select('id')
      .where('offer_expires_at', 'is not', null)
      .where('offer_expires_at', '<=', tx.now)
      .orderBy('offer_expires_at')
      .limit(BATCH)
      .execute();
    if (!leasesToo || !(await somebodyListens(tx))) return offers.map(row => row.id);
    const leases = await tx.db
      .selectFrom('jobs')
      .select('id')
      .where('lease_expires_at', 'is not', null)
      .where('unreachable_since', 'is', null)
      .where('lease_expires_at', '<=', tx.now)
      .orderBy('lease_expires_at')
      .limit(BATCH)
      .execute();
    const lost = await tx.db
      .selectFrom('jobs')
      .select('id')
      .where('give_up_at', 'is not', null)
      .where('give_up_at', '<=', tx.now)
      .orderBy('give_up_at')
      .limit(BATCH)
      .execute();
    return [...offers, ...leases, ...lost].map(row => row.id);
  });
}

/** Time in which no coordinator was there to be heard counts for nobody; where none ever beats, its caller judges that. */
async function somebodyListens(tx: Tx): Promise<boolean> {
  const last = await lastBeat(tx);
  return last === null || tx.now - last <= BEAT_GAP_MS;
}

async function reapJob(tx: Tx, context: StoreContext, job: LockedJob): Promise<Reaped | null> {
  const { offerExpiresAt, leaseExpiresAt, giveUpAt, attempt } = job.record;
  if (offerExpiresAt !== null && offerExpiresAt <= tx.now) {
    return { job: await takeBack(tx, job, 'offer_expired'), what: 'offer_expired', attempt };
  }
  if (giveUpAt !== null && giveUpAt <= tx.now) {
    const minutes = Math.round((job.record.times?.lostAfterMs ?? timings.lostAfterMs) / 6_000) / 10;
    return { job: await giveUp(tx, context, job, `given up after ${minutes} min`), what: 'given_up', attempt };
  }
  if (leaseExpiresAt === null || leaseExpiresAt > tx.now || stageOf(job.record) === 'unreachable') return null;
  return loseAttempt(tx, job);
}

/** The lease has run out: before the gate the job goes to another daemon, after it it is held. */
async function loseAttempt(tx: Tx, job: LockedJob): Promise<Reaped> {
  const { id, attempt, daemon } = job.record;
  const facts = transition(job.record, { type: 'lose' }, tx.now);
  if (facts.unreachableSince !== null) {
    return { job: await saveJob(tx, job, { facts }), what: 'unreachable', attempt };
  }
  await endAttempt(tx, { job: id, attempt }, 'lost');
  const note = `attempt ${attempt}: daemon ${daemon?.name} was lost before it changed anything`;
  if (facts.finishedAt === null) {
    return { job: await saveJob(tx, job, { facts, note, phase: null }), what: 'requeued', attempt };
  }
  const error =
    facts.errorCode === 'canceled'
      ? canceledBecause('the job was canceled, and its daemon was lost')
      : await errorOfLost(tx, job.record);
  const what = error.code === 'canceled' ? 'canceled' : 'failed';
  return { job: await saveJob(tx, job, { facts, note, error }), what, attempt };
}

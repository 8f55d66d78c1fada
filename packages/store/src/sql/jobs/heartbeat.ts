import { type AttemptRef, ownsJob, type Phase, stageOf, transition, type Verdict } from '@berth/protocol';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { findJob } from './jobRow.js';
import { type LockedJob, lockedJob, lockOwnJob, saveJob } from './lockedJob.js';

/**
 * Renews the leases of a daemon's attempts and says of each whether it still owns its job. A renewed lease may be forgotten
 * by a power cut; that an attempt is settled or fenced may not, since the daemon drops it.
 */
export async function heartbeat(
  { database }: StoreContext,
  daemonId: string,
  attempts: readonly AttemptRef[],
  leaseMs: number,
): Promise<Verdict[]> {
  return database.write(
    async tx => {
      await tx.db.updateTable('daemons').set({ last_seen_at: tx.now }).where('id', '=', daemonId).execute();
      // In one order for all, so that two transactions never wait for each other.
      const ordered = [...attempts].sort((a, b) => (a.job < b.job ? -1 : 1));
      const verdicts = new Map<AttemptRef, Verdict>();
      for (const ref of ordered) verdicts.set(ref, await judge(tx, daemonId, ref, leaseMs));
      return attempts.flatMap(ref => verdicts.get(ref) ?? []);
    },
    { durable: told => told.some(({ verdict }) => verdict !== 'yours') },
  );
}

async function judge(tx: Tx, daemonId: string, ref: AttemptRef, leaseMs: number): Promise<Verdict> {
  const row = await findJob(tx, ref.job);
  const job = row && lockedJob(row);
  if (job === undefined || job.record.daemon?.id !== daemonId || !ownsJob(job.record, ref.attempt)) {
    const verdict = (await wasSettled(tx, daemonId, ref)) ? 'settled' : 'fenced';
    return { job: ref.job, attempt: ref.attempt, verdict, cancel: null };
  }
  await renew(tx, job, leaseMs);
  return { job: ref.job, attempt: ref.attempt, verdict: 'yours', cancel: cancelMode(job) };
}

/** An offer that was not accepted yet has no lease: it runs out by itself. */
async function renew(tx: Tx, job: LockedJob, leaseMs: number): Promise<void> {
  if (stageOf(job.record) === 'offered') return;
  await saveJob(tx, job, { facts: transition(job.record, { type: 'heartbeat', leaseMs }, tx.now) });
}

function cancelMode({ record }: LockedJob): 'soft' | 'hard' | null {
  if (record.hardCancelRequestedAt !== null) return 'hard';
  return record.cancelRequestedAt === null ? null : 'soft';
}

async function wasSettled(tx: Tx, daemonId: string, ref: AttemptRef): Promise<boolean> {
  const attempt = await tx.db
    .selectFrom('attempts')
    .select('ended_how as endedHow')
    .where('job_id', '=', ref.job)
    .where('number', '=', ref.attempt)
    .where('daemon_id', '=', daemonId)
    .executeTakeFirst();
  return attempt?.endedHow === 'settled';
}

/** Remembers what the attempt is at, for whoever looks. */
export async function setPhase({ database }: StoreContext, ref: AttemptRef, phase: Phase): Promise<void> {
  await database.write(
    async tx => {
      const job = await lockOwnJob(tx, ref);
      await saveJob(tx, job, { facts: job.record, phase });
    },
    { durable: false },
  );
}

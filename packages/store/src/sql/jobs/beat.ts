import type { JobStore } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { sql } from '../kysely.js';

/** A coordinator beats every 5 s. After this long without a beat none was listening, and the time does not count. */
export const BEAT_GAP_MS = 10_000;

/** Says that a coordinator is alive, and makes good for the time in which none was. */
export async function beat(
  { database }: StoreContext,
  { leaseMs, stalledMs = 0 }: Parameters<JobStore['beat']>[0],
): Promise<number> {
  return database.write(
    async tx => {
      await tx.hold('beats', 1);
      const last = await lastBeat(tx);
      await tx.db.updateTable('beats').set({ at: tx.now }).where('id', '=', 1).execute();
      const gapMs = Math.max(last === null ? 0 : tx.now - last, stalledMs);
      if (last !== null && gapMs <= BEAT_GAP_MS) return 0;
      await postpone(tx, gapMs, leaseMs);
      return gapMs;
    },
    { durable: false },
  );
}

/** Null before the first beat of all. */
export async function lastBeat(tx: Tx): Promise<number | null> {
  const row = await tx.db.selectFrom('beats').select('at').where('id', '=', 1).executeTakeFirst();
  return row === undefined || row.at === 0 ? null : row.at;
}

/** Nobody could answer in the gap. A daemon needs time to find its way back, so a lease lasts for at least a whole one. */
async function postpone(tx: Tx, gapMs: number, leaseMs: number): Promise<void> {
  const whole = tx.now + leaseMs;
  await tx.db
    .updateTable('jobs')
    .set(eb => ({
      lease_expires_at: sql<number>`case when ${eb.ref('lease_expires_at')} + ${sql.lit(gapMs)} > ${sql.lit(whole)}
        then ${eb.ref('lease_expires_at')} + ${sql.lit(gapMs)} else ${sql.lit(whole)} end`,
    }))
    .where('lease_expires_at', 'is not', null)
    .where('unreachable_since', 'is', null)
    .execute();
  await tx.db
    .updateTable('jobs')
    .set(eb => ({ offer_expires_at: eb('offer_expires_at', '+', gapMs) }))
    .where('offer_expires_at', 'is not', null)
    .execute();
  await tx.db
    .updateTable('jobs')
    .set(eb => ({ give_up_at: eb('give_up_at', '+', gapMs) }))
    .where('give_up_at', 'is not', null)
    .execute();
}

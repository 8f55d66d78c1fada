import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync } from 'node:zlib';
import { type AttemptRef, BerthError, type LogEntry, ownsJob } from '@berth/protocol';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { fenced } from '../jobs/lockedJob.js';
import { dropMiddle } from './dropMiddle.js';

const deflateAside = promisify(deflateRaw);

/** Up to this length compressing takes less than handing it to another thread: 0.2 ms. */
const COMPRESS_HERE_BYTES = 8 * 1024;

/**
 * Appends the entries that are new, as one compressed batch. Compression is done before the transaction; should another
 * append of the attempt come between, it is done again for what is left.
 */
export async function appendLog(
  { database }: StoreContext,
  ref: AttemptRef,
  entries: readonly LogEntry[],
): Promise<number> {
  for (;;) {
    const { stored } = await database.read(tx => lastStored(tx, ref, entries));
    const fresh = entries.filter(entry => entry.n > stored);
    if (fresh.length === 0) return stored;
    checkOrder(fresh, stored);
    const text = JSON.stringify(fresh);
    const content = text.length < COMPRESS_HERE_BYTES ? deflateRawSync(text) : await deflateAside(text);
    const done = await database.write(async tx => {
      const now = await lastStored(tx, ref, fresh);
      if (now.stored !== stored) return false;
      const batch = { count: fresh.length, size_bytes: Buffer.byteLength(text), content };
      await store(tx, ref, now, batch);
      return true;
    });
    if (done) return stored + fresh.length;
  }
}

/** Appends, within a transaction, the few entries that come with something else. */
export async function appendFewEntries(tx: Tx, ref: AttemptRef, entries: readonly LogEntry[]): Promise<void> {
  const last = await lastStored(tx, ref, entries);
  const fresh = entries.filter(entry => entry.n > last.stored);
  if (fresh.length === 0) return;
  checkOrder(fresh, last.stored);
  const text = JSON.stringify(fresh);
  const batch = { count: fresh.length, size_bytes: Buffer.byteLength(text), content: deflateRawSync(text) };
  await store(tx, ref, last, batch);
}

interface Batch {
  /** How many entries. */
  count: number;
  /** Of the entries as text. */
  size_bytes: number;
  content: Buffer;
}

interface LastStored {
  /** Number of the attempt's last stored entry. */
  stored: number;
  /** Where the head of the job's log ends; null while all of it is kept. */
  headSeq: number | null;
}

async function store(tx: Tx, ref: AttemptRef, { stored, headSeq }: LastStored, batch: Batch): Promise<void> {
  await dropMiddle(tx, ref.job, headSeq, await insertBatch(tx, ref, batch));
  await tx.db
    .updateTable('attempts')
    .set({ logged: stored + batch.count })
    .where('job_id', '=', ref.job)
    .where('number', '=', ref.attempt)
    .execute();
}

/** Where the log stands. Throws `fenced` when there are new entries and the attempt counts no more. */
async function lastStored(tx: Tx, ref: AttemptRef, entries: readonly LogEntry[]): Promise<LastStored> {
  await tx.hold('jobs', ref.job);
  const row = await tx.db
    .selectFrom('attempts')
    .innerJoin('jobs', 'jobs.id', 'attempts.job_id')
    .select([
      'attempts.logged',
      'jobs.type',
      'jobs.attempt',
      'jobs.offered_at as offeredAt',
      'jobs.finished_at as finishedAt',
      'jobs.log_head_seq as headSeq',
    ])
    .where('attempts.job_id', '=', ref.job)
    .where('attempts.number', '=', ref.attempt)
    .executeTakeFirst();
  if (row === undefined) throw new BerthError('not_found', `job ${ref.job} has no attempt ${ref.attempt}`);
  if (!ownsJob(row, ref.attempt) && entries.some(entry => entry.n > row.logged)) throw fenced(ref);
  return { stored: row.logged, headSeq: row.headSeq };
}

function checkOrder(entries: readonly LogEntry[], stored: number): void {
  const gap = entries.findIndex((entry, i) => entry.n !== stored + 1 + i);
  if (gap === -1) return;
  throw new BerthError('log_gap', `log entry ${stored + 1 + gap} is missing before entry ${entries[gap]?.n}`);
}

/** Returns how long the job's log is with it. */
async function insertBatch(tx: Tx, ref: AttemptRef, { count, ...batch }: Batch): Promise<number> {
  const last = await tx.db
    .selectFrom('log_batches')
    .select(['last_seq as seq', 'total_bytes as totalBytes'])
    .where('job_id', '=', ref.job)
    .orderBy('last_seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const seq = last?.seq ?? 0;
  const total_bytes = (last?.totalBytes ?? 0) + batch.size_bytes;
  await tx.db
    .insertInto('log_batches')
    .values({
      job_id: ref.job,
      first_seq: seq + 1,
      last_seq: seq + count,
      attempt: ref.attempt,
      total_bytes,
      ...batch,
    })
    .execute();
  return total_bytes;
}

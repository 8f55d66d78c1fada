import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRaw } from 'node:zlib';
import { type AttemptRef, BerthError, type JobLogEntry, type LogEntry, ownsJob } from '@berth/protocol';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { fenced } from '../jobs/lockedJob.js';

const deflateAside = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Up to this length compressing takes less than handing it to another thread: 0.2 ms. */
const COMPRESS_HERE_BYTES = 8 * 1024;

/** Batches read at once: what is read and not wanted is compressed, so it costs little. */
const READ_BATCHES = 32;

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
    const stored = await database.read(tx => lastStored(tx, ref, entries));
    const fresh = entries.filter(entry => entry.n > stored);
    if (fresh.length === 0) return stored;
    checkOrder(fresh, stored);
    const text = JSON.stringify(fresh);
    const content = text.length < COMPRESS_HERE_BYTES ? deflateRawSync(text) : await deflateAside(text);
    const done = await database.write(async tx => {
      if ((await lastStored(tx, ref, fresh)) !== stored) return false;
      await insertBatch(tx, ref, { count: fresh.length, size_bytes: Buffer.byteLength(text), content });
      const logged = stored + fresh.length;
      await tx.db
        .updateTable('attempts')
        .set({ logged })
        .where('job_id', '=', ref.job)
        .where('number', '=', ref.attempt)
        .execute();
      return true;
    });
    if (done) return stored + fresh.length;
  }
}

/** Number of the attempt's last stored entry. Throws `fenced` when there are new ones and the attempt counts no more. */
async function lastStored(tx: Tx, ref: AttemptRef, entries: readonly LogEntry[]): Promise<number> {
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
    ])
    .where('attempts.job_id', '=', ref.job)
    .where('attempts.number', '=', ref.attempt)
    .executeTakeFirst();
  if (row === undefined) throw new BerthError('not_found', `job ${ref.job} has no attempt ${ref.attempt}`);
  if (!ownsJob(row, ref.attempt) && entries.some(entry => entry.n > row.logged)) throw fenced(ref);
  return row.logged;
}

function checkOrder(entries: readonly LogEntry[], stored: number): void {
  const gap = entries.findIndex((entry, i) => entry.n !== stored + 1 + i);
  if (gap === -1) return;
  throw new BerthError('log_gap', `log entry ${stored + 1 + gap} is missing before entry ${entries[gap]?.n}`);
}

async function insertBatch(
  tx: Tx,
  ref: AttemptRef,
  { count, ...batch }: { count: number; size_bytes: number; content: Buffer },
): Promise<void> {
  const last = await tx.db
    .selectFrom('log_batches')
    .select('last_seq as seq')
    .where('job_id', '=', ref.job)
    .orderBy('last_seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const seq = last?.seq ?? 0;
  await tx.db
    .insertInto('log_batches')
    .values({ job_id: ref.job, first_seq: seq + 1, last_seq: seq + count, attempt: ref.attempt, ...batch })
    .execute();
}

/** Entries after a number: found by index, so a reader far into a long log pays for what it gets alone. */
export async function readLog(
  { database }: StoreContext,
  jobId: string,
  after: number,
  limit: number,
): Promise<JobLogEntry[]> {
  const found: JobLogEntry[] = [];
  for (let seq = after; found.length < limit; ) {
    const batches = await database.read(tx =>
      tx.db
        .selectFrom('log_batches')
        .select(['first_seq as firstSeq', 'last_seq as lastSeq', 'attempt', 'content'])
        .where('job_id', '=', jobId)
        .where('last_seq', '>', seq)
        .orderBy('last_seq')
        .limit(READ_BATCHES)
        .execute(),
    );
    if (batches.length === 0) break;
    for (const { firstSeq, lastSeq, attempt, content } of batches) {
      const entries: LogEntry[] = JSON.parse((await inflate(content)).toString('utf8'));
      const numbered = entries.map((entry, i) => ({ seq: firstSeq + i, attempt, entry }));
      found.push(...numbered.filter(entry => entry.seq > after).slice(0, limit - found.length));
      if (found.length === limit) break;
      seq = lastSeq;
    }
  }
  return found;
}

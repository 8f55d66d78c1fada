import { limits } from '@berth/protocol';
import type { Tx } from '../database.js';

/** A log that is too long keeps so much of its beginning, and so much of its end. */
const KEPT_BYTES = limits.jobLogBytes / 2;

/** Most batches that one append drops: as many come in one by one, so the log stays within its limit but for a few. */
const BATCH = 50;

/**
 * Drops what stands between the head and the tail of a log that has become longer than its limit. Entries keep their
 * numbers, so the gap tells exactly how many are not there.
 *
 * @param totalBytes of the whole log, what was dropped before included
 */
export async function dropMiddle(tx: Tx, jobId: string, headSeq: number | null, totalBytes: number): Promise<void> {
  if (totalBytes <= limits.jobLogBytes) return;
  const head = headSeq ?? (await endHead(tx, jobId));
  const oldest = await tx.db
    .selectFrom('log_batches')
    .select(['last_seq as lastSeq', 'total_bytes as totalBytes'])
    .where('job_id', '=', jobId)
    .where('last_seq', '>', head)
    .orderBy('last_seq')
    .limit(BATCH)
    .execute();
  const last = oldest.findLast(batch => batch.totalBytes <= totalBytes - KEPT_BYTES);
  if (last === undefined) return;
  await tx.db
    .deleteFrom('log_batches')
    .where('job_id', '=', jobId)
    .where('last_seq', '>', head)
    .where('last_seq', '<=', last.lastSeq)
    .execute();
}

/** Decides once where the head ends: behind the last batch that lies in it wholly. */
async function endHead(tx: Tx, jobId: string): Promise<number> {
  const last = await tx.db
    .selectFrom('log_batches')
    .select('last_seq as seq')
    .where('job_id', '=', jobId)
    .where('total_bytes', '<=', KEPT_BYTES)
    .orderBy('last_seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const log_head_seq = last?.seq ?? 0;
  await tx.db.updateTable('jobs').set({ log_head_seq }).where('id', '=', jobId).execute();
  return log_head_seq;
}

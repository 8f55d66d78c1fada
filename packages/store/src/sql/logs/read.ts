import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { JobLogEntry, LogEntry } from '@berth/protocol';
import type { StoreContext } from '../context.js';

const inflate = promisify(inflateRaw);

/** Batches read at once: what is read and not wanted is compressed, so it costs little. */
const READ_BATCHES = 32;

/**
 * Entries after a number: found by index, so a reader far into a long log pays for what it gets alone. In the place of
 * entries that were dropped stands one that tells how many of those after `after` are not there; its number is that of the
 * last of them.
 */
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
      const dropped = firstSeq - seq - 1;
      if (dropped > 0) found.push(...numbered.slice(0, 1).map(next => droppedEntry(next, dropped)));
      found.push(...numbered.filter(entry => entry.seq > after).slice(0, limit - found.length));
      if (found.length === limit) break;
      seq = lastSeq;
    }
  }
  return found;
}

/** Stands where entries are missing. It has the place and time of the one after them, and no number of its attempt's. */
function droppedEntry({ seq, attempt, entry }: JobLogEntry, count: number): JobLogEntry {
  const { n, at, phase } = entry;
  return {
    seq: seq - 1,
    attempt,
    entry: {
      n,
      at,
      phase,
      kind: 'text',
      source: 'daemon',
      level: 'warning',
      text: `… ${count} log entries were dropped here: the log is longer than Berth keeps …`,
      address: null,
    },
  };
}

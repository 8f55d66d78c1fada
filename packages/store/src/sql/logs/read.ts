import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { JobLogEntry, LogEntry } from '@berth/protocol';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';

const inflate = promisify(inflateRaw);

/** The most batches that are read at once. */
const READ_BATCHES = 32;

/**
 * Entries after a number: found by index, so a reader far into a long log pays for what it gets alone. In the place of
 * entries that were dropped stands one that tells how many of those after `after` are not there; its number is that of the
 * last of them.
 */
export async function readLog(
  context: StoreContext,
  jobId: string,
  after: number,
  limit: number,
): Promise<JobLogEntry[]> {
  return (await readBatches(context, jobId, after, limit)).slice(0, limit);
}

/** The same in whole batches: each of them is read and decompressed once by a reader that goes on where it stopped. */
export async function readBatches(
  { database }: StoreContext,
  jobId: string,
  after: number,
  atLeast: number,
): Promise<JobLogEntry[]> {
  const found: JobLogEntry[] = [];
  for (let seq = after; found.length < atLeast; ) {
    const batches = await database.read(tx => nextBatches(tx, jobId, seq, atLeast - found.length));
    if (batches.length === 0) break;
    for (const { firstSeq, lastSeq, attempt, content } of batches) {
      const entries: LogEntry[] = JSON.parse((await inflate(content)).toString('utf8'));
      const numbered = entries.map((entry, i) => ({ seq: firstSeq + i, attempt, entry }));
      const dropped = firstSeq - seq - 1;
      if (dropped > 0) found.push(...numbered.slice(0, 1).map(next => droppedEntry(next, dropped)));
      found.push(...numbered.slice(Math.max(0, after + 1 - firstSeq)));
      seq = lastSeq;
    }
  }
  return found;
}

/** The batches after a number that `wanted` entries may come from: what would be read in vain is left where it is. */
async function nextBatches({ db }: Tx, jobId: string, after: number, wanted: number) {
  const later = db.selectFrom('log_batches').where('job_id', '=', jobId).where('last_seq', '>', after);
  const next = later.select('first_seq').orderBy('last_seq').limit(1);
  return later
    .select(['first_seq as firstSeq', 'last_seq as lastSeq', 'attempt', 'content'])
    .where('first_seq', '<', ({ eb }) => eb(next, '+', wanted))
    .orderBy('last_seq')
    .limit(READ_BATCHES)
    .execute();
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

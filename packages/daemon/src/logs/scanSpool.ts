import { fstatSync, readSync } from 'node:fs';
import { type LogEntry, logEntry } from '@berth/protocol';

/** What a spool holds, as far as it was written whole. */
export interface Spooled {
  /** Size of the valid part. */
  sizeBytes: number;
  /** Where its first line begins: what was before has been given back to the disk. */
  begin: number;
  /** Number of the last entry. */
  lastNumber: number;
  /** Offset in the engine's output behind what has been dealt with. */
  followed: number;
  /** The first error that the engine reported, and its last summary. */
  firstError: Extract<LogEntry, { kind: 'diagnostic' }> | null;
  lastSummary: Extract<LogEntry, { kind: 'summary' }> | null;
}

export const nothingSpooled: Readonly<Spooled> = {
  sizeBytes: 0,
  begin: 0,
  lastNumber: 0,
  followed: 0,
  firstError: null,
  lastSummary: null,
};

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads a spool up to its last mark. Lines that were acknowledged may have been given back to the disk: they read as
 * zeros and are passed over.
 */
export function scanSpool(file: number): Spooled {
  let spooled: Spooled = { ...nothingSpooled };
  /** What the lines since the last mark add, should another follow. */
  let pending = spooled;
  for (const { line, begin, end } of readLines(file)) {
    if (pending.lastNumber === 0) pending = { ...pending, begin };
    if (line.startsWith('=')) spooled = pending = { ...pending, sizeBytes: end, followed: Number(line.slice(1)) };
    else pending = withLine(pending, line);
  }
  return spooled;
}

function withLine(spooled: Spooled, line: string): Spooled {
  const number = Number(/^\{"n":(\d+),/.exec(line)?.[1] ?? spooled.lastNumber);
  const counted = { ...spooled, lastNumber: number };
  const isError = spooled.firstError === null && line.includes('"severity":"error"');
  if (!isError && !line.includes('"kind":"summary"')) return counted;
  const entry = logEntry.safeParse(JSON.parse(line)).data;
  if (isError && entry?.kind === 'diagnostic') return { ...counted, firstError: entry };
  return entry?.kind === 'summary' ? { ...counted, lastSummary: entry } : counted;
}

/** The whole lines of a file, with the offsets before and behind each. */
function* readLines(file: number): Generator<{ line: string; begin: number; end: number }> {
  const { size } = fstatSync(file);
  let rest = Buffer.alloc(0);
  let position = 0;
  while (position + rest.length < size) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(file, chunk, 0, CHUNK_BYTES, position + rest.length);
    if (read === 0) return;
    const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
    let at = 0;
    while (bytes[at] === 0) at += 1;
    for (let end = bytes.indexOf(0x0a, at); end !== -1; end = bytes.indexOf(0x0a, at)) {
      yield { line: bytes.toString('utf8', at, end), begin: position + at, end: position + end + 1 };
      at = end + 1;
    }
    position += at;
    rest = bytes.subarray(at);
  }
}

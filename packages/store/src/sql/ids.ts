import { randomBytes } from 'node:crypto';

/**
 * Makes ids: UUIDs of version 7, whose first bits are the time, so that neighbours in time are neighbours in every index.
 * Those of one process are in the order of their making, also within a millisecond and when the machine's clock is set back.
 */
export function newId(): string {
  const now = Date.now();
  if (now > last.ms) {
    last = { ms: now, counter: randomBytes(2).readUInt16BE() & 0x7ff };
  } else if (last.counter < 0xfff) {
    last = { ms: last.ms, counter: last.counter + 1 };
  } else {
    last = { ms: last.ms + 1, counter: 0 };
  }
  const random = randomBytes(8);
  const hex = [
    last.ms.toString(16).padStart(12, '0'),
    (0x7000 | last.counter).toString(16),
    ((random.readUInt16BE() & 0x3fff) | 0x8000).toString(16),
    random.toString('hex', 2),
  ].join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

let last = { ms: 0, counter: 0 };

import { open } from 'node:fs/promises';

/** Where in an output the state stands that the engine printed because it could not write it. */
export interface ByteRange {
  /** First byte. */
  start: number;
  /** Byte after the last. */
  end: number;
}

/**
 * How the line begins: the engine writes the keys of an event in the order of their names, and those with `@` first.
 * Then come module and time, the key `state`, and at last the type.
 */
const marker = '"@message":"Emergency state dump"';
const stateKey = '"state":';
const tail = ',"type":"log"}';

/** How far from the start of the line the marker and the key of the state stand at most. */
const HEAD_BYTES = 512;
const CHUNK_BYTES = 1024 * 1024;
const LF = 0x0a;

/** Whether the line that begins with these bytes is an emergency dump. */
export function startsEmergencyDump(line: Buffer): boolean {
  return line[0] === 0x7b && line.subarray(0, 128).includes(marker);
}

/**
 * Finds the last emergency dump of an output file and returns where the state itself stands; null when there is none.
 * The state may still be cut off: whoever uses it must check it as any other.
 */
export async function findEmergencyState(path: string): Promise<ByteRange | null> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let found: number | null = null;
    // Chunks overlap by a head, so that no marker is cut in two.
    for (let offset = 0; ; offset += CHUNK_BYTES - HEAD_BYTES) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset);
      const at = buffer.subarray(0, bytesRead).lastIndexOf(marker);
      if (at !== -1) found = offset + at;
      if (bytesRead < CHUNK_BYTES) break;
    }
    if (found === null) return null;
    const { bytesRead } = await file.read(buffer, 0, HEAD_BYTES, found);
    const key = buffer.subarray(0, bytesRead).indexOf(stateKey);
    if (key === -1) return null;
    const start = found + key + stateKey.length;
    const end = await endOfLine(file, buffer, start);
    const { bytesRead: tailRead } = await file.read(buffer, 0, tail.length, Math.max(start, end - tail.length));
    const hasTail = buffer.toString('latin1', 0, tailRead) === tail;
    return { start, end: hasTail ? end - tail.length : end };
  } finally {
    await file.close();
  }
}

async function endOfLine(file: Awaited<ReturnType<typeof open>>, buffer: Buffer, start: number): Promise<number> {
  for (let offset = start; ; ) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) return offset;
    const at = buffer.subarray(0, bytesRead).indexOf(LF);
    if (at !== -1) return offset + at;
    offset += bytesRead;
  }
}

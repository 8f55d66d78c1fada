import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { type ReadStateOptions, readState, type StateReading } from './stateReader.js';

/**
 * Copies a state if it is valid, reading it once: to a temporary name beside `to`, fsynced, then renamed, so that `to`
 * is at every moment the old copy or the new one. An invalid state leaves `to` as it is.
 */
export async function copyValidState(
  from: string,
  to: string,
  options: Omit<ReadStateOptions, 'onChunk'> = {},
): Promise<StateReading> {
  const draft = `${to}.new`;
  // The last copy may have been given up half-way; its mode and content are not to be trusted.
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    const reading = await readState(from, { ...options, onChunk: chunk => writeAll(file, chunk) });
    if (reading.valid) {
      await file.sync();
      await rename(draft, to);
    }
    return reading;
  } finally {
    await file.close();
    // Gone already if it was renamed.
    await rm(draft, { force: true });
  }
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, offset);
    offset += bytesWritten;
  }
}

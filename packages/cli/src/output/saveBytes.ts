import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BerthError } from '@berth/protocol';

/**
 * Writes bytes to a file, aside first and renamed, so that a download that fails leaves no half file; or to stdout.
 *
 * @param mode permissions of the file
 * @throws BerthError `invalid_request` when the file cannot be written
 */
export async function saveBytes(
  bytes: AsyncIterable<Uint8Array>,
  file: string | undefined,
  mode: number,
): Promise<void> {
  if (file === undefined) {
    await pipeline(Readable.from(bytes), process.stdout, { end: false });
    return;
  }
  const aside = `${file}.${process.pid}.part`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(aside, { mode }));
    await rename(aside, file);
  } catch (cause) {
    await rm(aside, { force: true });
    if (cause instanceof BerthError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BerthError('invalid_request', `cannot write ${file}: ${reason}`, { cause });
  }
}

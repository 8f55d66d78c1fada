import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BerthError, limits } from '@berth/protocol';
import { refused } from './refused.js';
import { type CheckedArchive, TarCheck } from './tarCheck.js';

/**
 * Reads an archive file from end to end and writes nothing: what has passed may be unpacked.
 *
 * @throws BerthError `archive_refused`, naming the entry to blame, or the file where it is the whole
 */
export async function checkArchive(file: string, shownAs: string): Promise<CheckedArchive> {
  const { size } = await stat(file);
  if (size > limits.archivePackedBytes) {
    throw refused(shownAs, `is larger than ${limits.archivePackedBytes / 1024 ** 2} MiB`);
  }
  const gunzip = createGunzip();
  const check = new TarCheck(shownAs);
  try {
    await pipeline(createReadStream(file), gunzip, checkingSink(check));
  } catch (error) {
    throw error instanceof BerthError ? error : gzipError(shownAs, error);
  }
  // zlib passes over zero bytes behind the end in silence.
  if (gunzip.bytesWritten !== size) throw refused(shownAs, 'goes on after the end of its gzip data');
  return check.end();
}

function checkingSink(check: TarCheck): Writable {
  return new Writable({
    write(chunk: Buffer, _, done) {
      try {
        check.write(chunk);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

/** zlib's errors, by its codes. Text that is no gzip data, also behind the end of some, is `Z_DATA_ERROR`. */
function gzipError(shownAs: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') return refused(shownAs, 'is cut off', { cause: error });
  if (code === 'Z_DATA_ERROR') return refused(shownAs, 'is not gzip data from end to end', { cause: error });
  return error;
}

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { BerthError } from '@berth/protocol';
import { type RetryOptions, retrying } from './retry.js';

/** How much of an upload has arrived. */
export interface UploadStatus {
  receivedBytes: number;
  complete: boolean;
}

interface Upload {
  file: string;
  sizeBytes: number;
  /** Asks how much has arrived. */
  status: () => Promise<UploadStatus>;
  /** Sends content from `offset` to the end. */
  put: (offset: number, body: Readable) => Promise<UploadStatus>;
}

/** How often content is sent again that arrived with a wrong digest. */
const DIGEST_TRIES = 3;

/**
 * Sends a file, going on where a connection broke off. Content that arrived damaged is sent again.
 *
 * @throws BerthError what the coordinator answered
 */
export async function upload(what: Upload, retry: RetryOptions): Promise<void> {
  let broken = 0;
  // The first try begins at 0 without asking, which is what nearly every upload needs.
  let offset: number | null = 0;
  await retrying(retry, async () => {
    const from = offset ?? (await resumeAt(what));
    offset = null;
    if (from === 'complete') return;
    try {
      const status = await what.put(from, createReadStream(what.file, { start: from }));
      if (!status.complete) throw new BerthError('range_mismatch', 'not all of it has arrived');
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      if (error.code === 'digest_mismatch' && broken < DIGEST_TRIES - 1) {
        broken += 1;
        offset = 0;
        throw again(error);
      }
      throw error.code === 'range_mismatch' ? again(error) : error;
    }
  });
}

async function resumeAt(what: Upload): Promise<number | 'complete'> {
  const status = await what.status();
  return status.complete ? 'complete' : status.receivedBytes;
}

/** Makes an error one that is tried again, after a pause. */
function again(error: BerthError): BerthError {
  return new BerthError('unavailable', error.message, { cause: error });
}

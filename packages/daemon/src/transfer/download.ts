import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { BerthError } from '@berth/protocol';
import { readError } from './answer.js';
import type { HttpAnswer } from './httpClient.js';
import { type RetryOptions, retrying } from './retry.js';

export interface Download {
  /** Asks for the content from `offset` on; the answer may begin at 0 all the same (status 200). */
  request: (offset: number) => Promise<HttpAnswer>;
  /** Written anew, mode 0600. */
  file: string;
  /** sha256 that the content must have. */
  digest: string;
  sizeBytes: number;
}

/** How often content of a wrong digest is fetched again: damage on the way passes, a wrong digest at its source does not. */
const DIGEST_TRIES = 3;

/**
 * Fetches content into a file, going on where a connection broke off, and checks its digest.
 *
 * @throws BerthError `digest_mismatch`, or what the coordinator answered
 */
export async function download(what: Download, retry: RetryOptions): Promise<void> {
  const file = await open(what.file, 'w', 0o600);
  try {
    for (let tries = 1; ; tries++) {
      const received: Received = { bytes: 0, hash: createHash('sha256') };
      await retrying(retry, () => fetchRest(what, file, received));
      if (received.hash.copy().digest('hex') === what.digest) return;
      if (tries === DIGEST_TRIES) throw mismatch(what);
    }
  } finally {
    await file.close();
  }
}

interface Received {
  bytes: number;
  hash: Hash;
}

async function fetchRest(what: Download, file: FileHandle, received: Received): Promise<void> {
  const answer = await what.request(received.bytes);
  if (answer.status !== 200 && answer.status !== 206) throw await readError(answer);
  if (answer.status === 200) {
    received.bytes = 0;
    received.hash = createHash('sha256');
    await file.truncate(0);
  }
  try {
    for await (const chunk of answer.body) {
      if (received.bytes + chunk.length > what.sizeBytes) throw mismatch(what);
      await file.write(chunk, 0, chunk.length, received.bytes);
      received.hash.update(chunk);
      received.bytes += chunk.length;
    }
  } catch (cause) {
    if (cause instanceof BerthError) throw cause;
    throw new BerthError('unreachable', 'the download broke off', { cause });
  }
  if (received.bytes < what.sizeBytes) throw new BerthError('unreachable', 'the download broke off');
}

function mismatch(what: Download): BerthError {
  return new BerthError('digest_mismatch', `what was downloaded is not the content with sha256 ${what.digest}`);
}

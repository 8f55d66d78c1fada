import { BerthError } from '@berth/protocol';
import { type Backoff, createBackoff } from './backoff.js';
import type { Client } from './client.js';
import { archiveTarget, stateTarget, type UploadTarget } from './uploadTarget.js';

export interface UploadOptions {
  /** sha256 of the content. */
  digest: string;
  /** Read piece by piece, so a file of any size does not stand in memory. */
  content: Blob;
  /** Called with the bytes that the coordinator has and the size of the whole. */
  onProgress?: (receivedBytes: number, sizeBytes: number) => void;
  signal?: AbortSignal;
  /** Size of one request; default 2 MiB. */
  sliceBytes?: number;
  /** How long to wait between tries; for tests. */
  backoff?: Backoff;
}

/** How many requests in a row may fail without any progress between them. */
const maxFailures = 5;

/**
 * Uploads a template archive in slices, beginning where an earlier upload of the same content ended, and going on
 * after a cut connection from what has arrived.
 *
 * @returns bytes that had to be sent: 0 when the coordinator had the whole before
 * @throws BerthError `unreachable` after several failures in a row; what the coordinator refuses with
 */
export async function uploadFile(client: Client, options: UploadOptions): Promise<number> {
  return upload(archiveTarget(client, options.digest), options);
}

/**
 * Uploads a state of a workspace (named by its id), as {@link uploadFile} does.
 *
 * @throws BerthError as {@link uploadFile}
 */
export async function uploadState(client: Client, workspace: string, options: UploadOptions): Promise<number> {
  return upload(stateTarget(client, workspace, options.digest), options);
}

async function upload(target: UploadTarget, options: Omit<UploadOptions, 'digest'>): Promise<number> {
  const { content, onProgress, signal } = options;
  const sliceBytes = options.sliceBytes ?? 2 * 1024 * 1024;
  const backoff = options.backoff ?? createBackoff();

  let { receivedBytes, complete } = await target.status(signal);
  const before = receivedBytes;
  let failures = 0;
  while (!complete) {
    onProgress?.(receivedBytes, content.size);
    try {
      const slice = content.slice(receivedBytes, receivedBytes + sliceBytes);
      const at = { offset: receivedBytes, size: content.size };
      ({ receivedBytes, complete } = await target.send(slice, at, signal));
      failures = 0;
    } catch (error) {
      failures++;
      if (!worthRetrying(error) || failures >= maxFailures) throw error;
      await backoff.wait(failures, signal);
      const arrived = await target.status(signal).catch(() => null);
      if (arrived !== null) ({ receivedBytes, complete } = arrived);
    }
  }
  onProgress?.(content.size, content.size);
  return receivedBytes - before;
}

/** A cut connection, a coordinator that is away for a moment, and an offset that is not what has arrived. */
function worthRetrying(error: unknown): boolean {
  return error instanceof BerthError && ['unreachable', 'unavailable', 'range_mismatch'].includes(error.code);
}

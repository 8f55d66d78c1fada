import { createHash } from 'node:crypto';
import type { BlobRef } from '../../contract/blobs.js';
import type { StoreContext } from '../context.js';
import { storeWhole } from './upload.js';

/** Content of at most this size is gathered and stored at once. Most states are smaller. */
const SMALL_BYTES = 64 * 1024;

interface Sent {
  sizeBytes: number;
  offset: number;
  content: AsyncIterable<Uint8Array>;
}

/** What has come of a small content: all of it, or the parts until it broke off. */
type Gathered = { parts: Uint8Array[]; brokeOff: { error: unknown } | null };

/**
 * Stores a small blob in one transaction, where three are needed for one that comes in pieces: a build waits for it at its
 * end. Returns null when it was stored, else what is to be stored in pieces: it is large, not whole, not what its digest
 * says, or a part of it is there already.
 */
export async function writeSmallBlob(context: StoreContext, ref: BlobRef, sent: Sent): Promise<Sent | null> {
  if (sent.offset !== 0 || sent.sizeBytes > SMALL_BYTES) return sent;
  const gathered = await gather(sent);
  const content = Buffer.concat(gathered.parts);
  const isWhole = gathered.brokeOff === null && content.length === sent.sizeBytes;
  if (isWhole && createHash('sha256').update(content).digest('hex') === ref.digest) {
    if (await storeWhole(context, ref, content)) return null;
  }
  return { ...sent, content: again(gathered) };
}

async function gather({ content, sizeBytes }: Sent): Promise<Gathered> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of content) {
      parts.push(part);
      length += part.length;
      if (length > sizeBytes) break;
    }
    return { parts, brokeOff: null };
  } catch (error) {
    return { parts, brokeOff: { error } };
  }
}

async function* again({ parts, brokeOff }: Gathered): AsyncGenerator<Uint8Array, void, undefined> {
  yield* parts;
  if (brokeOff !== null) throw brokeOff.error;
}

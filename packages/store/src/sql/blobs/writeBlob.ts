import { createHash, type Hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { BerthError, limits } from '@berth/protocol';
import type { BlobRef, BlobStatus } from '../../contract/blobs.js';
import type { StoreContext } from '../context.js';
import { findBlob } from './findBlob.js';
import { readPieces } from './readBlob.js';
import { writeSmallBlob } from './smallBlob.js';
import { append, begin, complete, type Upload } from './upload.js';

/** How much of a blob has arrived. */
export async function blobStatus({ database, vault }: StoreContext, ref: BlobRef): Promise<BlobStatus> {
  const blob = await database.read(tx => findBlob(tx, vault, ref));
  return { receivedBytes: blob?.receivedBytes ?? 0, complete: blob?.complete === 1 };
}

/**
 * Writes content from `offset` on, in pieces of 1 MiB while it arrives, each in a transaction of its own; no more than one
 * piece is held in memory. When the content breaks off, what had arrived of the last piece is kept, too.
 *
 * Two may upload one blob at once: what the other has stored meanwhile is compared instead of written, so that neither
 * fails. Should they differ, one of them sends something else than the digest says, and the blob begins anew.
 */
export async function writeBlob(
  context: StoreContext,
  ref: BlobRef,
  given: { sizeBytes: number; offset: number; content: AsyncIterable<Uint8Array> },
): Promise<BlobStatus> {
  const sent = await writeSmallBlob(context, ref, given);
  if (sent === null) return { receivedBytes: given.sizeBytes, complete: true };
  const upload = await begin(context, ref, sent.offset);
  if (upload.complete) return { receivedBytes: upload.receivedBytes, complete: true };
  const hash = createHash('sha256');
  for await (const piece of readPieces(context, upload, { offset: 0, length: sent.offset })) hash.update(piece);
  const position = await writePieces(context, upload, sent, hash);
  if (position < sent.sizeBytes) return { receivedBytes: position, complete: false };
  await complete(context, upload, { sizeBytes: position, digest: hash.digest('hex') });
  return { receivedBytes: position, complete: true };
}

/** Returns the number of bytes that are there afterwards. */
async function writePieces(
  context: StoreContext,
  upload: Upload,
  sent: { sizeBytes: number; offset: number; content: AsyncIterable<Uint8Array> },
  hash: Hash,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(limits.blobChunkBytes, Math.max(1, sent.sizeBytes - sent.offset)));
  let position = sent.offset;
  let filled = 0;
  const flush = async () => {
    const piece = buffer.subarray(0, filled);
    filled = 0;
    if (piece.length === 0) return;
    await append(context, upload, position, piece);
    hash.update(piece);
    position += piece.length;
    // Content that is in memory already would keep every other task of the process waiting.
    await turn();
  };
  try {
    for await (const part of sent.content) {
      if (position + filled + part.length > sent.sizeBytes) {
        throw new BerthError('limit_exceeded', `more than the announced ${sent.sizeBytes} bytes came`);
      }
      for (let taken = 0; taken < part.length; ) {
        const piece = part.subarray(taken, taken + buffer.length - filled);
        buffer.set(piece, filled);
        filled += piece.length;
        taken += piece.length;
        if (filled === buffer.length) await flush();
      }
    }
  } finally {
    await flush();
  }
  return position;
}

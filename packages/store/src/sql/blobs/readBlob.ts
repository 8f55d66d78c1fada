import { BerthError } from '@berth/protocol';
import type { BlobRef } from '../../contract/blobs.js';
import { places } from '../../vault/places.js';
import type { Vault } from '../../vault/vault.js';
import type { StoreContext } from '../context.js';
import { findBlob } from './findBlob.js';

interface Range {
  offset: number;
  length: number;
}

/** Size of a complete blob. */
export async function blobSize({ database, vault }: StoreContext, ref: BlobRef): Promise<number | null> {
  const blob = await database.read(tx => findBlob(tx, vault, ref));
  return blob?.complete === 1 ? blob.receivedBytes : null;
}

/**
 * Reads a complete blob, a piece at a time as the reader asks for it. Throws `not_found` at the first piece.
 */
export async function* readBlob(context: StoreContext, ref: BlobRef, range?: Range): AsyncGenerator<Buffer> {
  const { database, vault } = context;
  const blob = await database.read(tx => findBlob(tx, vault, ref));
  if (blob?.complete !== 1) throw new BerthError('not_found', `there is no ${ref.kind} of this digest`);
  const { offset, length } = range ?? { offset: 0, length: blob.receivedBytes };
  const end = Math.min(offset + length, blob.receivedBytes);
  yield* readPieces(context, { id: blob.id, kind: ref.kind }, { offset, length: Math.max(0, end - offset) });
}

/** Yields the stored bytes of the range, which must have arrived. */
export async function* readPieces(
  { database, vault }: StoreContext,
  blob: { id: string; kind: BlobRef['kind'] },
  { offset, length }: Range,
): AsyncGenerator<Buffer> {
  const end = offset + length;
  for (let at = offset; at < end; ) {
    const chunk = await database.read(tx =>
      tx.db
        .selectFrom('blob_chunks')
        .select(['byte_offset as offset', 'size_bytes as sizeBytes', 'content'])
        .where('blob_id', '=', blob.id)
        .where('byte_offset', '<=', at)
        .orderBy('byte_offset', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
    const behind = chunk === undefined ? 0 : chunk.offset + chunk.sizeBytes;
    if (chunk === undefined || behind <= at) throw new BerthError('not_found', 'the content was dropped meanwhile');
    yield openChunk(vault, blob, chunk).subarray(at - chunk.offset, end - chunk.offset);
    at = behind;
  }
}

/** The plain bytes of a stored piece. */
export function openChunk(
  vault: Vault,
  blob: { id: string; kind: BlobRef['kind'] },
  chunk: { offset: number; content: Uint8Array },
): Buffer {
  if (blob.kind === 'state') return vault.open(chunk.content, places.blobChunk(blob.id, chunk.offset));
  return Buffer.from(chunk.content.buffer, chunk.content.byteOffset, chunk.content.byteLength);
}

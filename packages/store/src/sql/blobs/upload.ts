import { createHash } from 'node:crypto';
import { BerthError, guardHolds } from '@berth/protocol';
import type { BlobRef } from '../../contract/blobs.js';
import { places } from '../../vault/places.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { type BlobRow, blobIds, findBlob } from './findBlob.js';
import { openChunk } from './readBlob.js';

/** One upload of a blob, perhaps beside others of the same. */
export interface Upload {
  id: string;
  kind: BlobRef['kind'];
  digest: string;
  /** Of the blob when the upload began. */
  generation: number;
  receivedBytes: number;
  complete: boolean;
}

/** Throws `range_mismatch` when `offset` is not what has arrived, unless the blob is complete. */
export async function begin({ database, vault }: StoreContext, ref: BlobRef, offset: number): Promise<Upload> {
  return database.write(
    async tx => {
      const blob = (await findBlob(tx, vault, ref)) ?? (await insertBlob(tx, blobIds(vault, ref)[0], ref.kind));
      const upload = { ...ref, ...blob, complete: blob.complete === 1 };
      if (upload.complete || offset === blob.receivedBytes) return upload;
      const message = `${blob.receivedBytes} bytes have arrived; the upload goes on from ${offset}`;
      throw new BerthError('range_mismatch', message);
    },
    { durable: false },
  );
}

/**
 * Stores a blob of which nothing is there in one piece; its digest has been looked at. False when some of it is there, but
 * not all.
 */
export async function storeWhole(context: StoreContext, ref: BlobRef, content: Buffer): Promise<boolean> {
  return context.database.write(async tx => {
    const blob = await openBlob(context, tx, ref);
    if (blob.complete === 1) return true;
    if (blob.receivedBytes > 0) return false;
    const upload = { ...ref, ...blob, complete: false };
    await insertChunk(context, tx, upload, 0, content);
    await markComplete(tx, upload);
    return true;
  });
}

/**
 * Stores, within a transaction, a small blob that comes with something else. What is there of it already is replaced.
 *
 * @throws BerthError `digest_mismatch`
 */
export async function storeInPassing(context: StoreContext, tx: Tx, ref: BlobRef, content: Buffer): Promise<void> {
  const digest = createHash('sha256').update(content).digest('hex');
  if (digest !== ref.digest && guardHolds('store.digest')) throw digestMismatch(digest, ref.digest);
  const blob = await openBlob(context, tx, ref);
  if (blob.complete === 1) return;
  const upload = { ...ref, ...blob, complete: false };
  if (blob.receivedBytes > 0) await clear(tx, upload);
  await insertChunk(context, tx, upload, 0, content);
  await markComplete(tx, upload);
}

/**
 * Stores the next piece, or what of it no other upload has stored yet.
 *
 * @throws BerthError `range_mismatch` when the blob has begun anew since
 */
export async function append(context: StoreContext, upload: Upload, offset: number, piece: Buffer): Promise<void> {
  const differs = await context.database.write(
    async tx => {
      const blob = await lockBlob(tx, upload);
      if (blob.complete === 1) return false;
      if (blob.generation !== upload.generation) throw begunAnew();
      const there = Math.min(blob.receivedBytes - offset, piece.length);
      if (!(await agrees(context, tx, upload, offset, piece.subarray(0, there)))) {
        await clear(tx, upload);
        return true;
      }
      await insertChunk(context, tx, upload, offset + there, piece.subarray(there));
      return false;
    },
    { durable: false },
  );
  if (differs) throw begunAnew();
}

/**
 * Marks the blob complete when its content is what the digest says; else drops it.
 *
 * @param sent size and digest of what was sent, which is what is stored
 * @throws BerthError `digest_mismatch`; `range_mismatch` when the blob has begun anew since
 */
export async function complete(
  { database }: StoreContext,
  upload: Upload,
  sent: { sizeBytes: number; digest: string },
): Promise<void> {
  const right = sent.digest === upload.digest || !guardHolds('store.digest');
  await database.write(async tx => {
    const blob = await lockBlob(tx, upload);
    if (blob.complete === 1) return;
    if (blob.generation !== upload.generation) throw begunAnew();
    if (!right) return clear(tx, upload);
    await markComplete(tx, upload);
  });
  if (!right) throw digestMismatch(sent.digest, upload.digest);
}

function digestMismatch(is: string, said: string): BerthError {
  return new BerthError('digest_mismatch', `the content has sha256 ${is}, not ${said}`);
}

async function markComplete(tx: Tx, { id }: Upload): Promise<void> {
  await tx.db
    .updateTable('blobs')
    .set({ complete: 1, touched_at: tx.now })
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

async function openBlob({ vault }: StoreContext, tx: Tx, ref: BlobRef): Promise<BlobRow> {
  const found = await findBlob(tx, vault, ref);
  return found === null ? insertBlob(tx, blobIds(vault, ref)[0], ref.kind) : lockBlob(tx, found);
}

async function insertBlob(tx: Tx, id: string, kind: BlobRef['kind']): Promise<BlobRow> {
  await tx.db
    .insertInto('blobs')
    .values({ id, kind, received_bytes: 0, complete: 0, generation: 0, created_at: tx.now, touched_at: tx.now })
    .onConflict(conflict => conflict.doNothing())
    .execute();
  return lockBlob(tx, { id });
}

/** Throws `range_mismatch` when there is no such blob any more. */
async function lockBlob(tx: Tx, { id }: { id: string }): Promise<BlobRow> {
  await tx.hold('blobs', id);
  const blob = await tx.db
    .selectFrom('blobs')
    .select(['id', 'received_bytes as receivedBytes', 'complete', 'generation'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (blob === undefined) throw begunAnew();
  return blob;
}

/** Whether the stored bytes from `offset` on are the same as these. */
async function agrees(
  { vault }: StoreContext,
  tx: Tx,
  upload: Upload,
  offset: number,
  bytes: Buffer,
): Promise<boolean> {
  if (bytes.length === 0) return true;
  const end = offset + bytes.length;
  const chunks = await tx.db
    .selectFrom('blob_chunks')
    .select(['byte_offset as offset', 'size_bytes as sizeBytes', 'content'])
    .where('blob_id', '=', upload.id)
    .where('byte_offset', '<', end)
    .where(eb => eb(eb('byte_offset', '+', eb.ref('size_bytes')), '>', offset))
    .orderBy('byte_offset')
    .execute();
  return chunks.every(chunk => {
    const from = Math.max(offset, chunk.offset);
    const to = Math.min(end, chunk.offset + chunk.sizeBytes);
    const stored = openChunk(vault, upload, chunk).subarray(from - chunk.offset, to - chunk.offset);
    return stored.equals(bytes.subarray(from - offset, to - offset));
  });
}

async function insertChunk({ vault }: StoreContext, tx: Tx, upload: Upload, at: number, piece: Buffer): Promise<void> {
  if (piece.length === 0) return;
  const content = upload.kind === 'state' ? vault.seal(piece, places.blobChunk(upload.id, at)) : piece;
  await tx.db
    .insertInto('blob_chunks')
    .values({ blob_id: upload.id, byte_offset: at, size_bytes: piece.length, content })
    .execute();
  await tx.db
    .updateTable('blobs')
    .set({ received_bytes: at + piece.length, touched_at: tx.now })
    .where('id', '=', upload.id)
    .execute();
}

async function clear(tx: Tx, { id, generation }: Upload): Promise<void> {
  await tx.db.deleteFrom('blob_chunks').where('blob_id', '=', id).execute();
  await tx.db
    .updateTable('blobs')
    .set({ received_bytes: 0, generation: generation + 1, touched_at: tx.now })
    .where('id', '=', id)
    .execute();
}

function begunAnew(): BerthError {
  return new BerthError('range_mismatch', 'another upload of the same digest came between');
}

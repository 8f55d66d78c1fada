import { createHash } from 'node:crypto';
import { places } from '../../vault/places.js';
import { openChunk } from '../blobs/readBlob.js';
import type { StoreContext } from '../context.js';

/** Blobs that are looked at at once. */
const BATCH = 100;

/**
 * Gives the contents of states names and seals of the first key. A name is made of the key and the digest, so the content
 * is copied, a piece at a time, to a blob of the new name, which then takes the place of the old one at once.
 *
 * @returns number of pieces sealed anew
 */
export async function resealBlobs(context: StoreContext): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const blobs = await context.database.read(tx =>
      tx.db
        .selectFrom('blobs')
        .select(['id', 'complete', 'received_bytes as receivedBytes'])
        .where('kind', '=', 'state')
        .where('id', '>', after)
        .orderBy('id')
        .limit(BATCH)
        .execute(),
    );
    for (const blob of blobs) count += await resealBlob(context, blob);
    after = blobs.at(-1)?.id ?? '';
    if (blobs.length < BATCH) return count;
  }
}

interface Blob {
  id: string;
  complete: number;
  receivedBytes: number;
}

async function resealBlob(context: StoreContext, blob: Blob): Promise<number> {
  const { database, vault } = context;
  const first = await readPiece(context, blob.id, -1);
  if (first === null) return 0;
  const isSealed = vault.isSealedWithFirst(first.content);
  // Of a content that has not arrived wholly nobody knows the digest; who sends it begins anew.
  if (blob.complete === 0) return isSealed ? 0 : dropPieces(context, blob.id);
  const digest = await digestOf(context, blob.id, first);
  const [name] = vault.blobNames(digest);
  // An upload that began before the first key was there, and went on after, has a name of the old one.
  if (isSealed && name === blob.id) return 0;

  await database.write(async tx => {
    // What a copy that broke off has left, or an upload under way, begins anew.
    await tx.db.deleteFrom('blob_chunks').where('blob_id', '=', name).execute();
    await tx.db
      .insertInto('blobs')
      .values({
        id: name,
        kind: 'state',
        received_bytes: 0,
        complete: 0,
        generation: 0,
        created_at: tx.now,
        touched_at: tx.now,
      })
      .onConflict(conflict =>
        conflict
          .column('id')
          .doUpdateSet(eb => ({ received_bytes: 0, complete: 0, generation: eb('blobs.generation', '+', 1) })),
      )
      .execute();
  });
  let count = 0;
  for (let piece: Piece | null = first; piece !== null; piece = await readPiece(context, blob.id, piece.offset)) {
    const { offset, sizeBytes } = piece;
    const content = vault.seal(openChunk(vault, { id: blob.id, kind: 'state' }, piece), places.blobChunk(name, offset));
    await database.write(async tx => {
      await tx.db
        .insertInto('blob_chunks')
        .values({ blob_id: name, byte_offset: offset, size_bytes: sizeBytes, content })
        .execute();
    });
    count++;
  }
  await database.write(async tx => {
    await tx.db
      .updateTable('blobs')
      .set({ received_bytes: blob.receivedBytes, complete: 1 })
      .where('id', '=', name)
      .execute();
    await tx.db.updateTable('states').set({ blob_id: name }).where('blob_id', '=', blob.id).execute();
  });
  await dropPieces(context, blob.id);
  return count;
}

/** By a state that names it, else by reading it. */
async function digestOf(context: StoreContext, blobId: string, first: Piece): Promise<string> {
  const { database, vault } = context;
  const state = await database.read(tx =>
    tx.db
      .selectFrom('states')
      .select(['id', 'sealed_digest as sealedDigest'])
      .where('blob_id', '=', blobId)
      .limit(1)
      .executeTakeFirst(),
  );
  if (state !== undefined) return vault.open(state.sealedDigest, places.stateDigest(state.id)).toString('hex');
  const hash = createHash('sha256');
  for (let piece: Piece | null = first; piece !== null; piece = await readPiece(context, blobId, piece.offset)) {
    hash.update(openChunk(vault, { id: blobId, kind: 'state' }, piece));
  }
  return hash.digest('hex');
}

interface Piece {
  offset: number;
  sizeBytes: number;
  content: Uint8Array;
}

async function readPiece({ database }: StoreContext, blobId: string, after: number): Promise<Piece | null> {
  const piece = await database.read(tx =>
    tx.db
      .selectFrom('blob_chunks')
      .select(['byte_offset as offset', 'size_bytes as sizeBytes', 'content'])
      .where('blob_id', '=', blobId)
      .where('byte_offset', '>', after)
      .orderBy('byte_offset')
      .limit(1)
      .executeTakeFirst(),
  );
  return piece ?? null;
}

/** One piece at a time, the row of the blob with the last. */
async function dropPieces(context: StoreContext, blobId: string): Promise<0> {
  await context.database.write(async tx => {
    await tx.db
      .updateTable('blobs')
      .set(eb => ({ complete: 0, received_bytes: 0, generation: eb('generation', '+', 1) }))
      .where('id', '=', blobId)
      .execute();
  });
  for (;;) {
    const piece = await readPiece(context, blobId, -1);
    await context.database.write(async tx => {
      if (piece === null) await tx.db.deleteFrom('blobs').where('id', '=', blobId).execute();
      else {
        await tx.db
          .deleteFrom('blob_chunks')
          .where('blob_id', '=', blobId)
          .where('byte_offset', '=', piece.offset)
          .execute();
      }
    });
    if (piece === null) return 0;
  }
}

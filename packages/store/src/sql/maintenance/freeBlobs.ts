import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';

/** Blobs that one step looks at. */
const BATCH = 100;
/** Pieces of content, of at most 1 MiB, that one transaction deletes. */
const PIECES = 4;
/** How long a content may be there before somebody names it, and how long that of a deleted template stays. */
const GRACE_MS = 24 * 3_600_000;

/**
 * Deletes the content of blobs that nobody needs.
 *
 * @param after id of the blob after which it goes on
 * @returns the last one that it is done with; null at the end
 */
export async function freeBlobs(
  { database }: StoreContext,
  after: string,
): Promise<{ last: string | null; freedBytes: number }> {
  const blobs = await database.read(tx =>
    tx.db
      .selectFrom('blobs')
      .select(['id', 'kind'])
      .where('id', '>', after)
      .where('touched_at', '<', tx.now - GRACE_MS)
      .orderBy('id')
      .limit(BATCH)
      .execute(),
  );
  let before: string | null = after;
  for (const blob of blobs) {
    const { done, freedBytes } = await database.write(tx => freeOne(tx, blob), { durable: false });
    // The next step looks at it again.
    if (!done) return { last: before, freedBytes };
    if (freedBytes > 0) return { last: blob.id, freedBytes };
    before = blob.id;
  }
  return { last: blobs.length < BATCH ? null : before, freedBytes: 0 };
}

async function freeOne(
  tx: Tx,
  { id, kind }: { id: string; kind: 'archive' | 'state' },
): Promise<{ done: boolean; freedBytes: number }> {
  await tx.hold('blobs', id);
  const blob = await tx.db
    .selectFrom('blobs')
    .select(['received_bytes as receivedBytes', 'generation', 'touched_at as touchedAt'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (blob === undefined || blob.touchedAt >= tx.now - GRACE_MS) return { done: true, freedBytes: 0 };
  const use = kind === 'state' ? await useOfState(tx, id) : await useOfArchive(tx, id);
  if (use === 'needed') return { done: true, freedBytes: 0 };

  const pieces = await tx.db
    .selectFrom('blob_chunks')
    .select(['byte_offset as offset', 'size_bytes as sizeBytes'])
    .where('blob_id', '=', id)
    .orderBy('byte_offset', 'desc')
    .limit(PIECES)
    .execute();
  const from = pieces.at(-1)?.offset;
  if (from !== undefined) {
    await tx.db.deleteFrom('blob_chunks').where('blob_id', '=', id).where('byte_offset', '>=', from).execute();
  }
  const done = pieces.length < PIECES;
  if (done && use === 'none') await tx.db.deleteFrom('blobs').where('id', '=', id).execute();
  // What is named still, by something that needs it no more, keeps its row: the content may come again.
  else if (blob.receivedBytes > 0) {
    await tx.db
      .updateTable('blobs')
      .set({ complete: 0, received_bytes: from ?? 0, generation: blob.generation + 1 })
      .where('id', '=', id)
      .execute();
  }
  return { done, freedBytes: pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0) };
}

/** `named`: something refers to it that needs its content no more. */
type Use = 'needed' | 'named' | 'none';

async function useOfState(tx: Tx, id: string): Promise<Use> {
  const states = await tx.db
    .selectFrom('states')
    .select('dropped_at as droppedAt')
    .where('blob_id', '=', id)
    .orderBy('dropped_at')
    .execute();
  if (states.length === 0) return 'none';
  return states.some(state => state.droppedAt === null) ? 'needed' : 'named';
}

async function useOfArchive(tx: Tx, id: string): Promise<Use> {
  const versions = await tx.db
    .selectFrom('template_versions')
    .innerJoin('templates', 'templates.id', 'template_versions.template_id')
    .select([
      'templates.deleted_at as deletedAt',
      'template_versions.draft',
      'template_versions.created_at as createdAt',
    ])
    .where('template_versions.archive_digest', '=', id)
    .execute();
  if (versions.length === 0) return 'none';
  const since = tx.now - GRACE_MS;
  const isNeeded = versions.some(({ deletedAt, draft, createdAt }) =>
    draft === 1 ? createdAt >= since : deletedAt === null || deletedAt >= since,
  );
  return isNeeded ? 'needed' : 'named';
}

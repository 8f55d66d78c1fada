import type { BlobRef } from '../../contract/blobs.js';
import type { Vault } from '../../vault/vault.js';
import type { Tx } from '../database.js';

export interface BlobRow {
  id: string;
  receivedBytes: number;
  complete: number;
  generation: number;
}

/** Ids that the blob may have, that of a new one first: a state's depend on the encryption key, which may have changed. */
export function blobIds(vault: Vault, ref: BlobRef): [string, ...string[]] {
  return ref.kind === 'archive' ? [ref.digest] : vault.blobNames(ref.digest);
}

/** The blob, complete or not. */
export async function findBlob(tx: Tx, vault: Vault, ref: BlobRef): Promise<BlobRow | null> {
  const rows = await tx.db
    .selectFrom('blobs')
    .select(['id', 'received_bytes as receivedBytes', 'complete', 'generation'])
    .where('id', 'in', blobIds(vault, ref))
    .where('kind', '=', ref.kind)
    .execute();
  return rows.find(row => row.complete === 1) ?? rows[0] ?? null;
}

import { BerthError, type Engine, type StateRef } from '@berth/protocol';
import { places } from '../../vault/places.js';
import type { Vault } from '../../vault/vault.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import type { StateTable } from '../tables/blobs.js';
import { findBlob } from './findBlob.js';

/** Columns of a state, as joined reads select them; all null when there is none. */
interface StateRow {
  stateId: string | null;
  stateDigest: Uint8Array | null;
  stateSizeBytes: number | null;
  stateSerial: number | null;
  stateLineage: string | null;
}

/** What a joined read selects of `states`. */
export const stateColumns = [
  'states.id as stateId',
  'states.sealed_digest as stateDigest',
  'states.size_bytes as stateSizeBytes',
  'states.serial as stateSerial',
  'states.lineage as stateLineage',
] as const;

export function stateRefOf(vault: Vault, row: StateRow): StateRef | null {
  const { stateId, stateDigest, stateSizeBytes, stateSerial, stateLineage } = row;
  if (
    stateId === null ||
    stateDigest === null ||
    stateSizeBytes === null ||
    stateSerial === null ||
    stateLineage === null
  ) {
    return null;
  }
  return {
    digest: vault.open(stateDigest, places.stateDigest(stateId)).toString('hex'),
    sizeBytes: stateSizeBytes,
    serial: stateSerial,
    lineage: stateLineage,
  };
}

/** What a state is, beside its content. */
interface Origin {
  /** The engine that wrote it. */
  engine: Engine;
  kind: StateTable['kind'];
  /** The job of the build that it belongs to. */
  jobId: string;
  attempt: number | null;
  pushedBy?: string;
}

/**
 * Remembers an uploaded state and returns the id of its row.
 *
 * @throws BerthError `not_found` when it has not been uploaded whole, or in another size
 */
export async function recordState(tx: Tx, vault: Vault, state: StateRef, origin: Origin): Promise<string> {
  const blob = await findBlob(tx, vault, { kind: 'state', digest: state.digest });
  if (blob === null || blob.complete === 0 || blob.receivedBytes !== state.sizeBytes) {
    throw new BerthError('not_found', `the state of serial ${state.serial} has not been uploaded`);
  }
  const id = newId();
  await tx.db
    .insertInto('states')
    .values(eb => ({
      id,
      blob_id: blob.id,
      sealed_digest: vault.seal(Buffer.from(state.digest, 'hex'), places.stateDigest(id)),
      size_bytes: state.sizeBytes,
      serial: state.serial,
      lineage: state.lineage,
      engine_name: origin.engine.name,
      engine_version: origin.engine.version,
      created_at: tx.now,
      build_id: eb.selectFrom('builds').select('builds.id').where('job_id', '=', origin.jobId),
      attempt: origin.attempt,
      kind: origin.kind,
      pushed_by: origin.pushedBy ?? null,
    }))
    .execute();
  return id;
}

import type { ParameterValues, VariableValue } from '@berth/protocol';
import { places } from '../../vault/places.js';
import { openJson, sealJson } from '../../vault/sealedJson.js';
import type { Vault } from '../../vault/vault.js';
import type { Tx } from '../database.js';

/**
 * Keeps values for the attempts of a job until it ends: an ephemeral value must outlive a requeue, a restart of the
 * coordinator and a wait for a daemon, and nothing else.
 */
export async function keepPassing(
  tx: Tx,
  vault: Vault,
  jobId: string,
  values: readonly VariableValue[] | ParameterValues,
): Promise<void> {
  if (Array.isArray(values) && values.length === 0) return;
  await tx.db
    .insertInto('passing_values')
    .values({ job_id: jobId, sealed: sealJson(vault, values, places.passing(jobId)) })
    .execute();
}

/** Null when there are none, or the job has ended. */
export async function openPassing<T>(tx: Tx, vault: Vault, jobId: string): Promise<T | null> {
  const row = await tx.db.selectFrom('passing_values').select('sealed').where('job_id', '=', jobId).executeTakeFirst();
  return row === undefined ? null : openJson<T>(vault, row.sealed, places.passing(jobId));
}

/** To be called in the transaction that ends the job. */
export async function erasePassing(tx: Tx, jobId: string): Promise<void> {
  await tx.db.deleteFrom('passing_values').where('job_id', '=', jobId).execute();
}

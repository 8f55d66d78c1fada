import type { AttemptOutcome } from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import type { Vault } from '../../vault/vault.js';
import { recordState } from '../blobs/states.js';
import type { Tx } from '../database.js';
import type { AttemptRow } from '../jobs/attemptRow.js';

/**
 * Gives a build the state that its attempt ended with, whether it succeeded or not: what it names, else the newest
 * snapshot, else the state that it began with, which stands there already. A successful delete deletes the workspace.
 */
export async function settleBuild(
  tx: Tx,
  vault: Vault,
  job: JobRecord,
  attempt: AttemptRow,
  outcome: AttemptOutcome,
): Promise<void> {
  const of = { jobId: job.id, attempt: job.attempt };
  const stateId =
    outcome.state === null
      ? attempt.snapshotId
      : await recordState(tx, vault, outcome.state, { ...of, engine: attempt.engine, kind: 'final' });
  if (stateId !== null) {
    await tx.db.updateTable('builds').set({ state_id: stateId }).where('job_id', '=', job.id).execute();
  }
  if (attempt.snapshotId !== null && stateId !== attempt.snapshotId) await dropSnapshot(tx, of, attempt.snapshotId);
  if (outcome.error !== null) return;
  await tx.db
    .updateTable('workspaces')
    .set({ deleted_at: tx.now })
    .where('id', '=', eb =>
      eb.selectFrom('builds').select('workspace_id').where('job_id', '=', job.id).where('transition', '=', 'delete'),
    )
    .execute();
}

/** The final state says all that the snapshot said. */
async function dropSnapshot(tx: Tx, of: { jobId: string; attempt: number }, snapshotId: string): Promise<void> {
  await tx.db
    .updateTable('attempts')
    .set({ snapshot_id: null })
    .where('job_id', '=', of.jobId)
    .where('number', '=', of.attempt)
    .execute();
  await tx.db.deleteFrom('states').where('id', '=', snapshotId).execute();
}

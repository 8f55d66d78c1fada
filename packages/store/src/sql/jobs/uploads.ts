import { type AttemptRef, type AttemptResult, BerthError, limits, type StateRef } from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import { places } from '../../vault/places.js';
import { sealJsonText } from '../../vault/sealedJson.js';
import { recordState } from '../blobs/states.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { findAttempt } from './attemptRow.js';
import { fenced, lockOwnJob } from './lockedJob.js';

/**
 * Keeps an attempt's result until it is settled; a later one replaces it.
 *
 * @throws BerthError `invalid_request` for a result of another type of job, `limit_exceeded`
 */
export async function saveResult(
  { database, vault }: StoreContext,
  ref: AttemptRef,
  result: AttemptResult,
): Promise<void> {
  const text = Buffer.from(JSON.stringify(result));
  if (text.length > limits.resultBytes) {
    throw new BerthError('limit_exceeded', `the result is larger than ${limits.resultBytes / 1024 / 1024} MiB`);
  }
  const sealed = sealJsonText(vault, text, places.result(ref.job, ref.attempt));
  await database.write(async tx => {
    const { record } = await lockOwnJob(tx, ref);
    await insertResult(tx, record, result, sealed);
  });
}

/** Keeps the result of the job's present attempt. Throws `invalid_request` for a result of another type of job. */
export async function insertResult(tx: Tx, job: JobRecord, { type, engine }: AttemptResult, sealed: Uint8Array) {
  if (job.type !== type) throw new BerthError('invalid_request', `a result of ${type} does not fit a ${job.type}`);
  const row = { engine_name: engine.name, engine_version: engine.version, sealed };
  await tx.db
    .insertInto('results')
    .values({ job_id: job.id, attempt: job.attempt, ...row })
    .onConflict(conflict => conflict.columns(['job_id', 'attempt']).doUpdateSet(row))
    .execute();
}

/** Remembers an uploaded state as the newest snapshot of a running attempt. Throws `not_found` unless it is there whole. */
export async function saveSnapshot({ database, vault }: StoreContext, ref: AttemptRef, state: StateRef): Promise<void> {
  await database.write(async tx => {
    await lockOwnJob(tx, ref);
    const attempt = await findAttempt(tx, ref);
    if (attempt === null) throw fenced(ref);
    const snapshot_id = await recordState(tx, vault, state, {
      engine: attempt.engine,
      kind: 'snapshot',
      jobId: ref.job,
      attempt: ref.attempt,
    });
    await tx.db
      .updateTable('attempts')
      .set({ snapshot_id })
      .where('job_id', '=', ref.job)
      .where('number', '=', ref.attempt)
      .execute();
    if (attempt.snapshotId !== null) {
      await tx.db.deleteFrom('states').where('id', '=', attempt.snapshotId).execute();
    }
  });
}

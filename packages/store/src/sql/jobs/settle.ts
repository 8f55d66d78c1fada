import {
  type AttemptOutcome,
  type AttemptRef,
  type AttemptResult,
  BerthError,
  cancelCameTooLate,
  type ErrorBody,
  type JobFacts,
  ownsJob,
  transition,
} from '@berth/protocol';
import type { Attached, JobRecord } from '../../contract/jobs.js';
import { places } from '../../vault/places.js';
import { openJson, sealJsonText } from '../../vault/sealedJson.js';
import { storeInPassing } from '../blobs/upload.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { appendFewEntries } from '../logs/append.js';
import { settleImport } from '../templates/settleImport.js';
import { settleBuild } from '../workspaces/settleBuild.js';
import { findAttempt } from './attemptRow.js';
import { endAttempt, fenced, lockJob, saveJob } from './lockedJob.js';
import { insertResult } from './uploads.js';

/** The one terminal message: state, result and status in one transaction. */
export async function settle(
  context: StoreContext,
  ref: AttemptRef,
  outcome: AttemptOutcome,
  attached?: Attached,
): Promise<JobRecord> {
  return context.database.write(async tx => {
    const job = await lockJob(tx, ref.job);
    const attempt = await findAttempt(tx, ref);
    if (attempt?.endedHow === 'settled') return job.record;
    if (attempt === null || !ownsJob(job.record, ref.attempt)) throw fenced(ref);

    const facts = transition(job.record, eventOf(outcome.error), tx.now);
    if (attached !== undefined) await keepAttached(context, tx, job.record, outcome, attached);
    await keepResult(tx, ref, outcome.result);
    if (job.record.type === 'workspace_build') await settleBuild(tx, context.vault, job.record, attempt, outcome);
    if (job.record.type === 'template_import' && outcome.error === null) {
      await settleImport(tx, job.versionId, await openResult(context, tx, ref));
    }
    await endAttempt(tx, ref, 'settled');
    return saveJob(tx, job, {
      facts,
      ...(outcome.error === null ? {} : { error: outcome.error }),
      ...(outcome.result ? { resultAttempt: ref.attempt } : {}),
      ...noteOf(facts),
    });
  });
}

/** Stores what came with the message as if it had been uploaded before. */
async function keepAttached(
  context: StoreContext,
  tx: Tx,
  job: JobRecord,
  { state }: AttemptOutcome,
  attached: Attached,
): Promise<void> {
  const ref = { job: job.id, attempt: job.attempt };
  if (attached.log.length > 0) await appendFewEntries(tx, ref, attached.log);
  if (attached.result !== null) {
    const text = Buffer.from(JSON.stringify(attached.result));
    const sealed = sealJsonText(context.vault, text, places.result(ref.job, ref.attempt));
    await insertResult(tx, job, attached.result, sealed);
  }
  if (attached.state === null) return;
  if (state === null) throw new BerthError('invalid_request', 'a state is attached that the outcome does not name');
  await storeInPassing(context, tx, { kind: 'state', digest: state.digest }, attached.state);
}

function eventOf(error: ErrorBody | null) {
  return error === null ? ({ type: 'complete' } as const) : ({ type: 'fail', code: error.code } as const);
}

function noteOf(facts: JobFacts): { note?: string } {
  return cancelCameTooLate(facts) ? { note: 'a cancel request came too late: the job had already succeeded' } : {};
}

/** Checks that the result is there which the outcome names, and drops those that count for nothing. */
async function keepResult(tx: Tx, ref: AttemptRef, named: boolean): Promise<void> {
  await tx.db
    .deleteFrom('results')
    .where('job_id', '=', ref.job)
    .where('attempt', '<>', named ? ref.attempt : 0)
    .execute();
  if (!named) return;
  const kept = await tx.db.selectFrom('results').select('attempt').where('job_id', '=', ref.job).executeTakeFirst();
  if (kept === undefined) {
    throw new BerthError('not_found', `the result of attempt ${ref.attempt} has not been uploaded`);
  }
}

async function openResult({ vault }: StoreContext, tx: Tx, ref: AttemptRef): Promise<AttemptResult> {
  const row = await tx.db
    .selectFrom('results')
    .select('sealed')
    .where('job_id', '=', ref.job)
    .where('attempt', '=', ref.attempt)
    .executeTakeFirst();
  if (row === undefined) throw new BerthError('invalid_request', 'an import that succeeds must hand in its findings');
  return openJson<AttemptResult>(vault, row.sealed, places.result(ref.job, ref.attempt));
}

import { type AttemptRef, BerthError, guardHolds, ownsJob, type StateRef } from '@berth/protocol';
import type { Salvaged } from '../../contract/jobs.js';
import { recordState } from '../blobs/states.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { internLane } from '../queue/intern.js';
import { clearIncomplete } from '../workspaces/incomplete.js';
import { type AttemptRow, findAttempt } from './attemptRow.js';
import { lockJob, saveJob } from './lockedJob.js';

/** Takes the final state of an attempt that was fenced. */
export async function saveSalvage(context: StoreContext, ref: AttemptRef, state: StateRef): Promise<Salvaged> {
  for (;;) {
    const laterJobs = await context.database.read(tx => unfinishedLaterJobs(tx, ref));
    const done = await context.database.write(tx => takeSalvage(tx, context, ref, state, laterJobs));
    // A later build came between: it must be held before the workspace, so everything is looked at again.
    if (done !== null) return done;
  }
}

async function takeSalvage(
  tx: Tx,
  { vault }: StoreContext,
  ref: AttemptRef,
  state: StateRef,
  laterJobs: readonly string[],
): Promise<Salvaged | null> {
  for (const id of [ref.job, ...laterJobs].sort()) await tx.hold('jobs', id);
  const job = await lockJob(tx, ref.job);
  const attempt = await findAttempt(tx, ref);
  const mayHandIn =
    attempt !== null &&
    attempt.acceptedAt !== null &&
    attempt.endedHow !== 'settled' &&
    !ownsJob(job.record, ref.attempt) &&
    job.record.type === 'workspace_build';
  if (!mayHandIn) {
    throw new BerthError('invalid_request', `attempt ${ref.attempt} of job ${ref.job} has nothing to salvage`);
  }
  const place = await holdPlace(tx, ref);
  if ((await unfinishedLaterJobs(tx, ref)).some(id => !laterJobs.includes(id))) return null;

  const origin = { engine: attempt.engine, kind: 'salvage' as const, jobId: ref.job, attempt: ref.attempt };
  const stateId = await recordState(tx, vault, state, origin);
  await replaceSalvage(tx, ref, attempt, stateId);
  const isLatest = job.record.finishedAt !== null && job.record.attempt === ref.attempt;
  const verdict = await judge(tx, place, isLatest, stateId);
  if (verdict.outcome === 'adopted') await adopt(tx, place, stateId);
  if (verdict.outcome !== 'kept') {
    await clearIncomplete(tx, place.workspaceId, { buildId: place.buildId, attempt: ref.attempt });
  }
  const note = `attempt ${ref.attempt}: its daemon is back and has handed in its state: ${sayings[verdict.reason ?? verdict.outcome]}`;
  const before = job.record.notes.at(-1) === note;
  return { ...verdict, job: before ? job.record : await saveJob(tx, job, { facts: job.record, note }) };
}

type Verdict = Pick<Salvaged, 'outcome' | 'reason'>;

const sayings = {
  adopted: 'it is the state of the workspace now',
  same: 'the workspace has it already',
  kept: 'it is kept beside the build',
  later_build: 'it is kept beside the build, since another attempt or build has started since',
  other_lineage: 'it is kept beside the build, since it is of another lineage',
  older_serial: 'it is kept beside the build, since its serial is older',
  workspace_deleted: 'it is kept beside the build, since the workspace was deleted',
};

/** Where the attempt's build stands among the others. */
interface Place {
  buildId: string;
  number: number;
  workspaceId: string;
  deleted: boolean;
  /** The workspace's state: that of its newest build. */
  stateId: string | null;
}

async function holdPlace(tx: Tx, ref: AttemptRef): Promise<Place> {
  const build = await tx.db
    .selectFrom('builds')
    .select(['id', 'number', 'workspace_id as workspaceId'])
    .where('job_id', '=', ref.job)
    .executeTakeFirstOrThrow();
  await tx.hold('workspaces', build.workspaceId);
  const workspace = await tx.db
    .selectFrom('workspaces')
    .innerJoin('builds', 'builds.id', 'workspaces.latest_build_id')
    .select(['workspaces.deleted_at as deletedAt', 'builds.state_id as stateId'])
    .where('workspaces.id', '=', build.workspaceId)
    .executeTakeFirstOrThrow();
  return { ...build, buildId: build.id, deleted: workspace.deletedAt !== null, stateId: workspace.stateId };
}

/** Builds after this attempt's that may still start. */
async function unfinishedLaterJobs(tx: Tx, ref: AttemptRef): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('builds as mine')
    .innerJoin('builds as later', 'later.workspace_id', 'mine.workspace_id')
    .innerJoin('jobs', 'jobs.id', 'later.job_id')
    .select('jobs.id')
    .where('mine.job_id', '=', ref.job)
    .whereRef('later.number', '>', 'mine.number')
    .where('jobs.finished_at', 'is', null)
    .execute();
  return rows.map(row => row.id);
}

/** The rule of late attempts. `mine` says that no later attempt of the same job has been started. */
async function judge(tx: Tx, place: Place, mine: boolean, stateId: string): Promise<Verdict> {
  const present = place.stateId === null ? null : await findState(tx, place.stateId);
  const salvage = await findState(tx, stateId);
  // One blob holds one content.
  if (present !== null && present.blobId === salvage.blobId) return { outcome: 'same', reason: null };
  const keep = (reason: Verdict['reason']): Verdict => ({ outcome: 'kept', reason });
  if (place.deleted) return keep('workspace_deleted');
  const isSuperseded = !mine || (await laterStarted(tx, place));
  if (isSuperseded && guardHolds('store.late_state')) return keep('later_build');
  if (present !== null && present.lineage !== salvage.lineage) return keep('other_lineage');
  if (present !== null && salvage.serial < present.serial) return keep('older_serial');
  return { outcome: 'adopted', reason: null };
}

async function findState(tx: Tx, id: string) {
  return tx.db
    .selectFrom('states')
    .select(['blob_id as blobId', 'serial', 'lineage'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

async function laterStarted(tx: Tx, { workspaceId, number }: Place): Promise<boolean> {
  const later = await tx.db
    .selectFrom('builds')
    .innerJoin('jobs', 'jobs.id', 'builds.job_id')
    .select('builds.id')
    .where('builds.workspace_id', '=', workspaceId)
    .where('builds.number', '>', number)
    .where('jobs.started_at', 'is not', null)
    .executeTakeFirst();
  return later !== undefined;
}

/** The build has this state, and those after it, none of which has started, begin with it. */
async function adopt(tx: Tx, { buildId, workspaceId, number }: Place, stateId: string): Promise<void> {
  await tx.db.updateTable('builds').set({ state_id: stateId }).where('id', '=', buildId).execute();
  await tx.db
    .updateTable('builds')
    .set({ input_state_id: stateId, state_id: stateId })
    .where('workspace_id', '=', workspaceId)
    .where('number', '>', number)
    .execute();
  const waiting = await tx.db
    .selectFrom('builds')
    .innerJoin('jobs', 'jobs.id', 'builds.job_id')
    .select('jobs.id')
    .where('builds.workspace_id', '=', workspaceId)
    .where('builds.number', '>', number)
    .where('jobs.finished_at', 'is', null)
    .execute();
  const { engineVersion } = await tx.db
    .selectFrom('states')
    .select('engine_version as engineVersion')
    .where('id', '=', stateId)
    .executeTakeFirstOrThrow();
  for (const { id } of waiting) {
    // Only an engine that can read the new state may take them.
    const { record } = await lockJob(tx, id);
    const { laneId } = await internLane(tx, { ...record, minimumEngineVersion: engineVersion });
    await tx.db.updateTable('jobs').set({ lane_id: laneId }).where('id', '=', id).execute();
  }
}

/** The newest salvage of an attempt counts; an earlier one goes, unless it is a build's state. */
async function replaceSalvage(tx: Tx, ref: AttemptRef, attempt: AttemptRow, stateId: string): Promise<void> {
  await tx.db
    .updateTable('attempts')
    .set({ salvage_id: stateId })
    .where('job_id', '=', ref.job)
    .where('number', '=', ref.attempt)
    .execute();
  if (attempt.salvageId === null) return;
  const used = await tx.db
    .selectFrom('builds')
    .select('id')
    .where(eb => eb.or([eb('state_id', '=', attempt.salvageId), eb('input_state_id', '=', attempt.salvageId)]))
    .executeTakeFirst();
  if (used === undefined) await tx.db.deleteFrom('states').where('id', '=', attempt.salvageId).execute();
}

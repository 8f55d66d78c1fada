import { type JobType, ownsJob, type VariableValue } from '@berth/protocol';
import type { Kysely } from 'kysely';
import type { AttemptInput, AttemptRecord } from '../../contract/jobs.js';
import { places } from '../../vault/places.js';
import { openJson } from '../../vault/sealedJson.js';
import type { Vault } from '../../vault/vault.js';
import { stateColumns, stateRefOf } from '../blobs/states.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import type { Tables } from '../tables/index.js';
import { jobRecord, readJob } from './jobRow.js';
import { openPassing } from './passingValues.js';

/** The attempt whose token has this sha256. */
export async function attemptByToken(
  { database, vault }: StoreContext,
  tokenHash: string,
): Promise<AttemptRecord | null> {
  return database.read(async tx => {
    const [row] = await tx.prepared('attempt by token', [tokenHash], () => selectByToken(tx.db, tokenHash));
    if (row === undefined) return null;
    const { job, attempt, daemonId, archive, jobAttempt, offeredAt, finishedAt, type, endedHow } = row;
    const owns = ownsJob({ attempt: jobAttempt, offeredAt, finishedAt }, attempt);
    const maySalvage = !owns && type === 'workspace_build' && endedHow !== 'settled';
    return { job, attempt, daemonId, owns, maySalvage, archive, state: stateRefOf(vault, row) };
  });
}

/** Asked with every request of a daemon. */
function selectByToken(db: Kysely<Tables>, tokenHash: string) {
  return db
    .selectFrom('attempts')
    .innerJoin('jobs', 'jobs.id', 'attempts.job_id')
    .innerJoin('template_versions', 'template_versions.id', 'jobs.version_id')
    .leftJoin('builds', 'builds.job_id', 'jobs.id')
    .leftJoin('dry_runs', 'dry_runs.job_id', 'jobs.id')
    .leftJoin('states', join =>
      join.on('states.id', '=', eb => eb.fn.coalesce('builds.input_state_id', 'dry_runs.input_state_id')),
    )
    .select([
      'attempts.job_id as job',
      'attempts.number as attempt',
      'attempts.daemon_id as daemonId',
      'attempts.ended_how as endedHow',
      'jobs.type',
      'template_versions.archive_digest as archive',
      'jobs.attempt as jobAttempt',
      'jobs.offered_at as offeredAt',
      'jobs.finished_at as finishedAt',
    ])
    .select(stateColumns)
    .where('attempts.token_hash', '=', tokenHash);
}

/** Everything that the spec of an attempt is made of. */
export async function attemptInput({ database, vault }: StoreContext, jobId: string): Promise<AttemptInput | null> {
  return database.read(async tx => {
    const row = await readJob(tx, jobId);
    if (row === undefined) return null;
    return {
      job: jobRecord(row),
      ...(await versionInput(tx, vault, row.versionId)),
      ...(await valuesInput(tx, vault, jobId, row.type)),
    };
  });
}

async function versionInput(tx: Tx, vault: Vault, id: string) {
  const row = await tx.db
    .selectFrom('template_versions')
    .innerJoin('templates', 'templates.id', 'template_versions.template_id')
    .select([
      'template_versions.name',
      'template_versions.archive_digest as digest',
      'template_versions.archive_size_bytes as sizeBytes',
      'template_versions.lock_file as lockFile',
      'template_versions.sensitive',
      'template_versions.sealed_pinned as sealedPinned',
      'templates.id as templateId',
      'templates.name as templateName',
    ])
    .where('template_versions.id', '=', id)
    .executeTakeFirstOrThrow();
  return {
    template: { id: row.templateId, name: row.templateName },
    version: {
      id,
      name: row.name,
      archive: { digest: row.digest, sizeBytes: row.sizeBytes },
      lockFile: row.lockFile,
      pinned: openJson<AttemptInput['version']['pinned']>(vault, row.sealedPinned, places.pinned(id)),
      sensitive: JSON.parse(row.sensitive),
    },
  };
}

/** What an import, a build or a dry run is given, and what it works on. */
async function valuesInput(
  tx: Tx,
  vault: Vault,
  jobId: string,
  type: JobType,
): Promise<Pick<AttemptInput, 'samples' | 'build' | 'dryRun'>> {
  if (type === 'template_import') {
    const samples = await openPassing<AttemptInput['samples']>(tx, vault, jobId);
    return { samples: samples ?? {}, build: null, dryRun: null };
  }
  const passing = (await openPassing<VariableValue[]>(tx, vault, jobId)) ?? [];
  if (type === 'template_dry_run') {
    return { samples: {}, build: null, dryRun: await dryRunInput(tx, vault, jobId, passing) };
  }
  const build = await buildInput(tx, vault, jobId);
  return { samples: {}, build: build && { ...build, parameters: [...build.parameters, ...passing] }, dryRun: null };
}

async function dryRunInput(
  tx: Tx,
  vault: Vault,
  jobId: string,
  parameters: VariableValue[],
): Promise<AttemptInput['dryRun']> {
  const row = await tx.db
    .selectFrom('dry_runs')
    .leftJoin('workspaces', 'workspaces.id', 'dry_runs.workspace_id')
    .leftJoin('users', 'users.id', 'workspaces.owner_id')
    .leftJoin('builds', 'builds.id', 'workspaces.latest_build_id')
    .leftJoin('states', 'states.id', 'dry_runs.input_state_id')
    .select([
      'dry_runs.transition',
      'workspaces.id as workspaceId',
      'workspaces.name as workspaceName',
      'users.id as ownerId',
      'users.username',
      'users.email',
      'builds.number as latestBuild',
    ])
    .select(stateColumns)
    .where('dry_runs.job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  const { workspaceId, workspaceName, ownerId, username, email } = row;
  const of =
    workspaceId === null || workspaceName === null || ownerId === null || username === null || email === null
      ? { workspace: null, owner: null }
      : { workspace: { id: workspaceId, name: workspaceName }, owner: { id: ownerId, username, email } };
  const number = (row.latestBuild ?? 0) + 1;
  return { ...of, number, transition: row.transition, parameters, state: stateRefOf(vault, row) };
}

async function buildInput(tx: Tx, vault: Vault, jobId: string): Promise<AttemptInput['build']> {
  const row = await tx.db
    .selectFrom('builds')
    .innerJoin('workspaces', 'workspaces.id', 'builds.workspace_id')
    .innerJoin('users', 'users.id', 'workspaces.owner_id')
    .leftJoin('states', 'states.id', 'builds.input_state_id')
    .select([
      'builds.id',
      'builds.number',
      'builds.transition',
      'builds.sealed_parameters as sealedParameters',
      'workspaces.id as workspaceId',
      'workspaces.name as workspaceName',
      'users.id as ownerId',
      'users.username',
      'users.email',
    ])
    .select(stateColumns)
    .where('builds.job_id', '=', jobId)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    number: row.number,
    transition: row.transition,
    workspace: { id: row.workspaceId, name: row.workspaceName },
    owner: { id: row.ownerId, username: row.username, email: row.email },
    parameters: openJson(vault, row.sealedParameters, places.parameters(row.id)),
    state: stateRefOf(vault, row),
  };
}

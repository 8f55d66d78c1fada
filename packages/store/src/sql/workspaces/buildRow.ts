import type { Kysely } from 'kysely';
import type { BuildRecord } from '../../contract/workspaces.js';
import { places } from '../../vault/places.js';
import { openJson } from '../../vault/sealedJson.js';
import type { Vault } from '../../vault/vault.js';
import { stateColumns, stateRefOf } from '../blobs/states.js';
import { jobRecords } from '../jobs/jobRow.js';
import type { Tables } from '../tables/index.js';

/** Reads builds with the state that each left. */
export function selectBuilds(db: Kysely<Tables>) {
  return db
    .selectFrom('builds')
    .innerJoin('workspaces', 'workspaces.id', 'builds.workspace_id')
    .innerJoin('template_versions', 'template_versions.id', 'builds.version_id')
    .innerJoin('users', 'users.id', 'builds.initiator_id')
    .leftJoin('states', 'states.id', 'builds.state_id')
    .select([
      'builds.id',
      'builds.number',
      'builds.transition',
      'builds.created_at as createdAt',
      'builds.job_id as jobId',
      'builds.orphan',
      'builds.sealed_parameters as sealedParameters',
      'workspaces.id as workspaceId',
      'workspaces.name as workspaceName',
      'template_versions.id as versionId',
      'template_versions.name as versionName',
      'users.id as initiatorId',
      'users.username',
    ])
    .select(stateColumns);
}

type BuildRow = Awaited<ReturnType<ReturnType<typeof selectBuilds>['executeTakeFirstOrThrow']>>;

export async function buildRecords(
  db: Kysely<Tables>,
  vault: Vault,
  rows: readonly BuildRow[],
): Promise<BuildRecord[]> {
  const job = await jobRecords(
    db,
    rows.map(row => row.jobId),
  );
  return rows.map(row => ({
    id: row.id,
    number: row.number,
    workspace: { id: row.workspaceId, name: row.workspaceName },
    transition: row.transition,
    version: { id: row.versionId, name: row.versionName },
    initiator: { id: row.initiatorId, username: row.username },
    createdAt: row.createdAt,
    job: job(row.jobId),
    parameters: openJson<BuildRecord['parameters']>(vault, row.sealedParameters, places.parameters(row.id)),
    orphan: row.orphan === 1,
    state: stateRefOf(vault, row),
  }));
}

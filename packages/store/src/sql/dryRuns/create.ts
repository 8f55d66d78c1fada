import { BerthError } from '@berth/protocol';
import type { NewDryRun } from '../../contract/dryRuns.js';
import type { Vault } from '../../vault/vault.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import { enqueue } from '../jobs/enqueue.js';
import { keepPassing } from '../jobs/passingValues.js';
import { lockWorkspace, restingBuild } from '../workspaces/create.js';

/** Provider of a plan that is made for no workspace. */
const NO_PROVIDER = 'built-in';

/** Makes a dry run and its job; returns the job's id. */
export async function createDryRun(tx: Tx, vault: Vault, wanted: NewDryRun): Promise<string> {
  const { versionId, initiatorId, transition, workspaceId, parameters } = wanted;
  const version = await readyVersion(tx, versionId);
  const on = workspaceId === null ? null : await workspaceAtRest(tx, workspaceId, version.templateId);
  const jobId = newId();
  await enqueue(tx, {
    id: jobId,
    type: 'template_dry_run',
    versionId,
    organization: version.organizationId,
    provider: on?.provider ?? NO_PROVIDER,
    engine: version.engine,
    minimumEngineVersion: on?.stateEngineVersion ?? null,
    tags: Object.fromEntries(JSON.parse(version.tagKey)),
    initiatorId,
    // Who may see the workspace may see what is planned for it.
    ownerId: on?.ownerId ?? initiatorId,
  });
  await tx.db
    .insertInto('dry_runs')
    .values({ job_id: jobId, workspace_id: workspaceId, transition, input_state_id: on?.stateId ?? null })
    .execute();
  await keepPassing(tx, vault, jobId, parameters);
  return jobId;
}

async function readyVersion(tx: Tx, id: string) {
  const version = await tx.db
    .selectFrom('template_versions')
    .innerJoin('templates', 'templates.id', 'template_versions.template_id')
    .innerJoin('jobs', 'jobs.id', 'template_versions.job_id')
    .innerJoin('tag_sets', 'tag_sets.id', 'template_versions.tag_set_id')
    .select([
      'template_versions.name',
      'template_versions.template_id as templateId',
      'template_versions.engine_name as engine',
      'templates.organization_id as organizationId',
      'jobs.status',
      'tag_sets.key as tagKey',
    ])
    .where('template_versions.id', '=', id)
    .executeTakeFirst();
  if (version === undefined) throw new BerthError('not_found', 'there is no such version');
  if (version.status === 'succeeded') return version;
  throw new BerthError('version_not_ready', `version ${version.name} has not imported`);
}

/** Throws `not_found` for a workspace of another template too; and as a build. */
async function workspaceAtRest(tx: Tx, id: string, templateId: string) {
  const workspace = await lockWorkspace(tx, id);
  if (workspace.templateId !== templateId) {
    throw new BerthError('not_found', 'the template of the workspace has no such version');
  }
  const { stateId, stateEngineVersion } = await restingBuild(tx, workspace);
  return { provider: workspace.provider, ownerId: workspace.ownerId, stateId, stateEngineVersion };
}

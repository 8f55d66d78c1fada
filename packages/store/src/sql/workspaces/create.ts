import { BerthError } from '@berth/protocol';
import type { NewBuild, WorkspaceStore } from '../../contract/workspaces.js';
import type { Vault } from '../../vault/vault.js';
import { recordChange } from '../accounts/audit.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import { nameKey } from '../nameKey.js';
import { lockTemplate } from '../templates/edit.js';
import { checkIncomplete } from './incomplete.js';
import { makeBuild } from './makeBuild.js';

/** Makes workspace, build 1 and its job; returns the workspace's id. */
export async function createWorkspace(
  tx: Tx,
  vault: Vault,
  wanted: Parameters<WorkspaceStore['create']>[0],
): Promise<string> {
  const { organizationId, ownerId, name, templateId, provider = 'built-in', build } = wanted;
  // Held, so that nobody removes it meanwhile.
  await lockTemplate(tx, templateId);
  const id = newId();
  const inserted = await tx.db
    .insertInto('workspaces')
    .values({
      id,
      organization_id: organizationId,
      owner_id: ownerId,
      template_id: templateId,
      name,
      name_key: nameKey(name),
      provider,
      latest_build_id: '',
      created_at: tx.now,
    })
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) {
    throw new BerthError('name_taken', `there is a workspace '${name}' already`, { fields: { name: 'taken' } });
  }
  const of = { workspaceId: id, templateId, organizationId, ownerId, provider, number: 1, state: null };
  await setLatest(tx, id, await makeBuild(tx, vault, of, build));
  if (build.audit !== undefined) await recordBuild(tx, { id, name, organizationId }, build, build.audit);
  return id;
}

/** Makes the next build of a workspace; returns its id. Throws `not_found`, `workspace_deleted`, `build_active`. */
export async function createBuild(tx: Tx, vault: Vault, workspaceId: string, build: NewBuild): Promise<string> {
  const workspace = await lockWorkspace(tx, workspaceId);
  const last = await restingBuild(tx, workspace);
  await checkIncomplete(tx, { id: workspaceId, name: workspace.name }, build);
  const { stateId, stateEngineVersion } = last;
  const state =
    stateId === null || stateEngineVersion === null ? null : { id: stateId, engineVersion: stateEngineVersion };
  const id = await makeBuild(tx, vault, { ...workspace, workspaceId, number: last.number + 1, state }, build);
  await setLatest(tx, workspaceId, id);
  if (build.orphan) {
    await tx.db.updateTable('workspaces').set({ deleted_at: tx.now }).where('id', '=', workspaceId).execute();
  }
  if (build.audit !== undefined) {
    const { action, details } = build.audit;
    const numbered = { action, details: { build: last.number + 1, ...details } };
    await recordBuild(tx, { ...workspace, id: workspaceId }, build, numbered);
  }
  return id;
}

async function recordBuild(
  tx: Tx,
  { id, name, organizationId }: { id: string; name: string; organizationId: string },
  { initiatorId }: NewBuild,
  entry: NonNullable<NewBuild['audit']>,
): Promise<void> {
  await recordChange(tx, { ...entry, actorId: initiatorId, target: { kind: 'workspace', id, name }, organizationId });
}

/** A workspace that nobody changes until the transaction ends. Throws `not_found`. */
export async function lockWorkspace(tx: Tx, id: string) {
  await tx.hold('workspaces', id);
  const workspace = await tx.db
    .selectFrom('workspaces')
    .select([
      'workspaces.name',
      'workspaces.template_id as templateId',
      'workspaces.organization_id as organizationId',
      'workspaces.owner_id as ownerId',
      'workspaces.provider',
      'workspaces.latest_build_id as latestBuildId',
      'workspaces.deleted_at as deletedAt',
    ])
    .where('workspaces.id', '=', id)
    .executeTakeFirst();
  if (workspace === undefined) throw new BerthError('not_found', 'there is no such workspace');
  return workspace;
}

/**
 * The newest build of a locked workspace that is ready for the next change.
 *
 * @throws BerthError `workspace_deleted`; `build_active`, or `workspace_held` while the build's daemon is unreachable
 */
export async function restingBuild(
  tx: Tx,
  workspace: { name: string; latestBuildId: string; deletedAt: number | null },
) {
  if (workspace.deletedAt !== null) {
    throw new BerthError('workspace_deleted', `workspace '${workspace.name}' was deleted`);
  }
  const last = await latestBuild(tx, workspace.latestBuildId);
  if (last.finishedAt !== null) return last;
  const which = `build ${last.number} (${last.transition}) of workspace '${workspace.name}'`;
  if (last.unreachableSince === null) throw new BerthError('build_active', `${which} has not ended`);
  throw new BerthError('workspace_held', `the daemon of ${which} is not reachable`, {
    hint: "The workspace is held until it is back or given up. An admin can end that sooner: 'berth release'.",
  });
}

async function latestBuild(tx: Tx, id: string) {
  return tx.db
    .selectFrom('builds')
    .innerJoin('jobs', 'jobs.id', 'builds.job_id')
    .leftJoin('states', 'states.id', 'builds.state_id')
    .select([
      'builds.number',
      'builds.transition',
      'jobs.finished_at as finishedAt',
      'jobs.unreachable_since as unreachableSince',
      'builds.job_id as jobId',
      'states.id as stateId',
      'states.engine_version as stateEngineVersion',
    ])
    .where('builds.id', '=', id)
    .executeTakeFirstOrThrow();
}

async function setLatest(tx: Tx, workspaceId: string, buildId: string): Promise<void> {
  await tx.db.updateTable('workspaces').set({ latest_build_id: buildId }).where('id', '=', workspaceId).execute();
}

import type { Kysely } from 'kysely';
import type { WorkspaceRecord } from '../../contract/workspaces.js';
import type { Vault } from '../../vault/vault.js';
import type { Tables } from '../tables/index.js';
import { buildRecords, selectBuilds } from './buildRow.js';
import { findIncomplete } from './incomplete.js';

export function selectWorkspaces(db: Kysely<Tables>) {
  return db
    .selectFrom('workspaces')
    .innerJoin('users', 'users.id', 'workspaces.owner_id')
    .innerJoin('organizations', 'organizations.id', 'workspaces.organization_id')
    .innerJoin('templates', 'templates.id', 'workspaces.template_id')
    .select([
      'workspaces.id',
      'workspaces.name',
      'workspaces.provider',
      'workspaces.latest_build_id as latestBuildId',
      'workspaces.created_at as createdAt',
      'workspaces.deleted_at as deletedAt',
      'workspaces.incomplete_since as incompleteSince',
      'users.id as ownerId',
      'users.username',
      'organizations.id as organizationId',
      'organizations.name as organizationName',
      'templates.id as templateId',
      'templates.name as templateName',
      'templates.active_version_id as activeVersion',
    ]);
}

type WorkspaceRow = Awaited<ReturnType<ReturnType<typeof selectWorkspaces>['executeTakeFirstOrThrow']>>;

export async function workspaceRecords(
  db: Kysely<Tables>,
  vault: Vault,
  rows: readonly WorkspaceRow[],
): Promise<WorkspaceRecord[]> {
  if (rows.length === 0) return [];
  const newest = await selectBuilds(db)
    .where(
      'builds.id',
      'in',
      rows.map(row => row.latestBuildId),
    )
    .execute();
  const incomplete = await findIncomplete(
    db,
    rows.flatMap(row => (row.incompleteSince === null ? [] : [row.id])),
  );
  const builds = new Map((await buildRecords(db, vault, newest)).map(build => [build.id, build]));
  return rows.map(row => {
    const latestBuild = builds.get(row.latestBuildId);
    if (latestBuild === undefined) throw new Error(`build ${row.latestBuildId} is not there`);
    return {
      id: row.id,
      name: row.name,
      owner: { id: row.ownerId, username: row.username },
      organization: { id: row.organizationId, name: row.organizationName },
      template: { id: row.templateId, name: row.templateName, activeVersion: row.activeVersion },
      provider: row.provider,
      latestBuild,
      createdAt: row.createdAt,
      deletedAt: row.deletedAt,
      stateIncomplete: incomplete.get(row.id) ?? null,
    };
  });
}

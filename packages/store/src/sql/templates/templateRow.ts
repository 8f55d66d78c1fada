import type { Kysely } from 'kysely';
import type { TemplateRecord } from '../../contract/templates.js';
import type { Tables } from '../tables/index.js';

/** Reads templates that were not removed. */
export function selectTemplates(db: Kysely<Tables>) {
  return db
    .selectFrom('templates')
    .innerJoin('organizations', 'organizations.id', 'templates.organization_id')
    .leftJoin('template_versions as active', 'active.id', 'templates.active_version_id')
    .select([
      'templates.id',
      'templates.name',
      'templates.description',
      'templates.deprecated',
      'templates.created_at as createdAt',
      'templates.updated_at as updatedAt',
      'organizations.id as organizationId',
      'organizations.name as organizationName',
      'active.id as activeId',
      'active.name as activeName',
    ])
    .select(eb =>
      eb
        .selectFrom('workspaces')
        .select(living => living.fn.countAll<number>().as('count'))
        .whereRef('workspaces.template_id', '=', 'templates.id')
        .where('workspaces.deleted_at', 'is', null)
        .as('workspaces'),
    )
    .where('templates.deleted_at', 'is', null);
}

type TemplateRow = Awaited<ReturnType<ReturnType<typeof selectTemplates>['executeTakeFirstOrThrow']>>;

export function templateRecord(row: TemplateRow): TemplateRecord {
  const { id, name, description, deprecated, createdAt, updatedAt } = row;
  return {
    id,
    name,
    organization: { id: row.organizationId, name: row.organizationName },
    description,
    deprecated,
    activeVersion: row.activeId === null || row.activeName === null ? null : { id: row.activeId, name: row.activeName },
    workspaces: row.workspaces ?? 0,
    createdAt,
    updatedAt,
  };
}

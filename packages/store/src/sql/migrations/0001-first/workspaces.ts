import type { Capabilities } from '../../capabilities.js';
import { sql } from '../../kysely.js';
import type { MigrationDb } from '../migration.js';

/** Workspaces and their builds. */
export async function createWorkspaces(db: MigrationDb, capabilities: Capabilities): Promise<void> {
  const { integer, bytes } = capabilities.columns;

  await db.schema
    .createTable('workspaces')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('owner_id', 'text', column => column.notNull().references('users.id'))
    .addColumn('template_id', 'text', column => column.notNull().references('templates.id'))
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('name_key', 'text', column => column.notNull())
    .addColumn('provider', 'text', column => column.notNull())
    .addColumn('latest_build_id', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('deleted_at', integer)
    .$call(table => capabilities.finishTable(table))
    .execute();
  await db.schema
    .createIndex('workspaces_name')
    .unique()
    .on('workspaces')
    .columns(['owner_id', 'name_key'])
    .where(sql.ref('deleted_at'), 'is', null)
    .execute();
  await db.schema
    .createIndex('workspaces_by_template')
    .on('workspaces')
    .columns(['template_id'])
    .where(sql.ref('deleted_at'), 'is', null)
    .execute();
  await db.schema.createIndex('workspaces_by_age').on('workspaces').columns(['created_at', 'id']).execute();

  await db.schema
    .createTable('builds')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('workspace_id', 'text', column => column.notNull().references('workspaces.id'))
    .addColumn('number', integer, column => column.notNull())
    .addColumn('transition', 'text', column => column.notNull())
    .addColumn('version_id', 'text', column => column.notNull().references('template_versions.id'))
    .addColumn('initiator_id', 'text', column => column.notNull().references('users.id'))
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('job_id', 'text', column => column.notNull().unique().references('jobs.id'))
    .addColumn('orphan', integer, column => column.notNull())
    .addColumn('sealed_parameters', bytes, column => column.notNull())
    .addColumn('input_state_id', 'text', column => column.references('states.id'))
    .addColumn('state_id', 'text', column => column.references('states.id'))
    .addUniqueConstraint('builds_number', ['workspace_id', 'number'])
    .$call(table => capabilities.finishTable(table))
    .execute();
}

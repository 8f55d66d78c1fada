import type { Capabilities } from '../../capabilities.js';
import { sql } from '../../kysely.js';
import type { MigrationDb } from '../migration.js';

/** Templates and their versions. */
export async function createTemplates(db: MigrationDb, capabilities: Capabilities): Promise<void> {
  const { integer, bytes } = capabilities.columns;

  await db.schema
    .createTable('templates')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('name_key', 'text', column => column.notNull())
    .addColumn('description', 'text', column => column.notNull())
    .addColumn('deprecated', 'text')
    .addColumn('active_version_id', 'text')
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('updated_at', integer, column => column.notNull())
    .addColumn('deleted_at', integer)
    .$call(table => capabilities.finishTable(table))
    .execute();
  await db.schema
    .createIndex('templates_name')
    .unique()
    .on('templates')
    .columns(['organization_id', 'name_key'])
    .where(sql.ref('deleted_at'), 'is', null)
    .execute();

  await db.schema
    .createTable('template_versions')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('template_id', 'text', column => column.notNull().references('templates.id'))
    .addColumn('number', integer, column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('name_key', 'text', column => column.notNull())
    .addColumn('message', 'text', column => column.notNull())
    .addColumn('created_by', 'text', column => column.notNull().references('users.id'))
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('archive_digest', 'text', column => column.notNull().references('blobs.id'))
    .addColumn('archive_size_bytes', integer, column => column.notNull())
    .addColumn('tag_set_id', integer, column => column.notNull().references('tag_sets.id'))
    .addColumn('activate', integer, column => column.notNull())
    .addColumn('job_id', 'text', column => column.notNull().unique().references('jobs.id'))
    .addColumn('engine_name', 'text')
    .addColumn('engine_version', 'text')
    .addColumn('lock_file', 'text')
    .addColumn('lock_file_digest', 'text')
    .addColumn('sensitive', 'text', column => column.notNull())
    .addColumn('sealed_pinned', bytes, column => column.notNull())
    .addColumn('sealed_samples', bytes, column => column.notNull())
    .addUniqueConstraint('template_versions_number', ['template_id', 'number'])
    .addUniqueConstraint('template_versions_name', ['template_id', 'name_key'])
    .$call(table => capabilities.finishTable(table))
    .execute();
  await db.schema
    .createIndex('template_versions_by_archive')
    .on('template_versions')
    .column('archive_digest')
    .execute();
}

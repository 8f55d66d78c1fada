import type { Capabilities } from '../../capabilities.js';
import { newId } from '../../ids.js';
import { sql } from '../../kysely.js';
import type { MigrationDb } from '../migration.js';

/** Organizations with the default one, users with their roles and tokens, and the audit log. */
export async function createAccounts(db: MigrationDb, capabilities: Capabilities, now: number): Promise<void> {
  const { integer } = capabilities.columns;

  await db.schema
    .createTable('organizations')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('name_key', 'text', column => column.notNull().unique())
    .addColumn('is_default', integer, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .$call(table => capabilities.finishTable(table))
    .execute();
  await sql`insert into organizations (id, name, name_key, is_default, created_at)
    values (${newId()}, 'default', 'default', 1, ${now})`.execute(db);

  await db.schema
    .createTable('users')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('username', 'text', column => column.notNull())
    .addColumn('username_key', 'text', column => column.notNull().unique())
    .addColumn('email', 'text', column => column.notNull())
    .addColumn('email_key', 'text', column => column.notNull().unique())
    .addColumn('password_hash', 'text', column => column.notNull())
    .addColumn('site_role', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('last_seen_at', integer)
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('memberships')
    .addColumn('user_id', 'text', column => column.notNull().references('users.id'))
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('role', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('memberships_pkey', ['user_id', 'organization_id'])
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('tokens')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('user_id', 'text', column => column.notNull().references('users.id'))
    .addColumn('kind', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('hash', 'text', column => column.notNull().unique())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('expires_at', integer)
    .addColumn('last_used_at', integer)
    .$call(table => capabilities.finishTable(table))
    .execute();
  await db.schema.createIndex('tokens_by_user').on('tokens').columns(['user_id', 'created_at', 'id']).execute();
  await db.schema
    .createIndex('tokens_api_name')
    .unique()
    .on('tokens')
    .columns(['user_id', 'name'])
    .where(sql.ref('kind'), '=', sql.lit('api'))
    .execute();

  // No references: an entry outlives what it is about.
  await db.schema
    .createTable('audit')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('at', integer, column => column.notNull())
    .addColumn('actor_id', 'text')
    .addColumn('action', 'text', column => column.notNull())
    .addColumn('target_kind', 'text', column => column.notNull())
    .addColumn('target_id', 'text', column => column.notNull())
    .addColumn('target_name', 'text', column => column.notNull())
    .addColumn('organization_id', 'text')
    .addColumn('details', 'text', column => column.notNull())
    .$call(table => capabilities.finishTable(table))
    .execute();
  await db.schema.createIndex('audit_by_time').on('audit').columns(['at', 'id']).execute();
}

import type { Capabilities } from '../../capabilities.js';
import type { MigrationDb } from '../migration.js';

/** Archives and states, in pieces, and the keys that they and other values are sealed with. */
export async function createBlobs(db: MigrationDb, capabilities: Capabilities): Promise<void> {
  const { integer, bytes } = capabilities.columns;

  await db.schema
    .createTable('encryption_keys')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('created_at', integer, column => column.notNull())
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('blobs')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('kind', 'text', column => column.notNull())
    .addColumn('received_bytes', integer, column => column.notNull())
    .addColumn('complete', integer, column => column.notNull())
    .addColumn('generation', integer, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('touched_at', integer, column => column.notNull())
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('blob_chunks')
    .addColumn('blob_id', 'text', column => column.notNull().references('blobs.id'))
    .addColumn('byte_offset', integer, column => column.notNull())
    .addColumn('size_bytes', integer, column => column.notNull())
    .addColumn('content', bytes, column => column.notNull())
    .addPrimaryKeyConstraint('blob_chunks_pkey', ['blob_id', 'byte_offset'])
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('states')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('blob_id', 'text', column => column.notNull().references('blobs.id'))
    .addColumn('sealed_digest', bytes, column => column.notNull())
    .addColumn('size_bytes', integer, column => column.notNull())
    .addColumn('serial', integer, column => column.notNull())
    .addColumn('lineage', 'text', column => column.notNull())
    .addColumn('engine_name', 'text', column => column.notNull())
    .addColumn('engine_version', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .$call(table => capabilities.finishTable(table))
    .execute();
  await db.schema.createIndex('states_by_blob').on('states').column('blob_id').execute();
}

import type { Capabilities } from '../../capabilities.js';
import type { MigrationDb } from '../migration.js';

/** The order in which jobs are claimed: interned tag sets, queues, lanes and the fair share of each queue. */
export async function createQueues(db: MigrationDb, capabilities: Capabilities): Promise<void> {
  const { integer } = capabilities.columns;

  await db.schema
    .createTable('tag_sets')
    .addColumn('id', integer, column => capabilities.countedId(column))
    .addColumn('key', 'text', column => column.notNull().unique())
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('queues')
    .addColumn('id', integer, column => capabilities.countedId(column))
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('provider', 'text', column => column.notNull())
    .addColumn('engine_name', 'text', column => column.notNull())
    .addColumn('tag_set_id', integer, column => column.notNull().references('tag_sets.id'))
    .addUniqueConstraint('queues_key', ['organization_id', 'provider', 'engine_name', 'tag_set_id'])
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('lanes')
    .addColumn('id', integer, column => capabilities.countedId(column))
    .addColumn('queue_id', integer, column => column.notNull().references('queues.id'))
    .addColumn('minimum_engine_version', 'text', column => column.notNull())
    .addUniqueConstraint('lanes_key', ['queue_id', 'minimum_engine_version'])
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('queue_shares')
    .addColumn('queue_id', integer, column => column.notNull().references('queues.id'))
    .addColumn('priority', integer, column => column.notNull())
    .addColumn('virtual_time', integer, column => column.notNull())
    .addPrimaryKeyConstraint('queue_shares_pkey', ['queue_id', 'priority'])
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('initiator_shares')
    .addColumn('queue_id', integer, column => column.notNull().references('queues.id'))
    .addColumn('priority', integer, column => column.notNull())
    .addColumn('initiator', 'text', column => column.notNull())
    .addColumn('finish_tag', integer, column => column.notNull())
    .addPrimaryKeyConstraint('initiator_shares_pkey', ['queue_id', 'priority', 'initiator'])
    .$call(table => capabilities.finishTable(table))
    .execute();
}

import { BerthError } from '@berth/protocol';
import type { Capabilities } from '../capabilities.js';
import type { StoreDatabase, Tx } from '../database.js';
import { first } from './0001-first/index.js';
import { handOver } from './0002-hand-over/index.js';
import { bounds } from './0003-bounds/index.js';
import { passingValues } from './0004-passing-values/index.js';
import type { Migration } from './migration.js';

/** All migrations in their order: the first is number 1. Only ever added to. */
const migrations: readonly Migration[] = [first, handOver, bounds, passingValues];

/**
 * Brings the database to the newest schema: each missing migration in a transaction of its own, one starter at a time.
 *
 * @param steps for tests of the runner itself
 * @throws BerthError `schema_too_new` when a newer version of Berth has migrated it
 */
export async function migrate(
  database: StoreDatabase,
  capabilities: Capabilities,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  let at: number;
  do {
    at = await database.write(async tx => {
      await capabilities.lockMigrations(tx.db);
      await createMigrationTable(tx, capabilities);
      const done = await lastMigration(tx);
      const step = steps[done];
      if (step === undefined) return done;
      await step.up(tx.db, capabilities, tx.now);
      await tx.db
        .insertInto('migrations')
        .values({ number: done + 1, name: step.name, applied_at: tx.now })
        .execute();
      return done + 1;
    });
  } while (at < steps.length);
  if (at > steps.length) {
    throw new BerthError(
      'schema_too_new',
      `the database has schema ${at}; this version of Berth knows schemas up to ${steps.length}`,
    );
  }
}

async function createMigrationTable(tx: Tx, capabilities: Capabilities): Promise<void> {
  const { integer } = capabilities.columns;
  await tx.db.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('number', integer, column => column.primaryKey())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('applied_at', integer, column => column.notNull())
    .$call(table => capabilities.finishTable(table))
    .execute();
}

async function lastMigration(tx: Tx): Promise<number> {
  const last = await tx.db
    .selectFrom('migrations')
    .select(eb => eb.fn.max('number').as('number'))
    .executeTakeFirst();
  return last?.number ?? 0;
}

import type { Capabilities } from '../sql/capabilities.js';
import { sql } from '../sql/kysely.js';
import { askNow } from './clock.js';
import { wasConflict } from './errors.js';

/** Any number that nobody else uses: names the lock under which one starter migrates. */
const MIGRATION_LOCK = 7_238_425_016;

/**
 * Postgres: transactions run side by side (read committed, so that each statement sees what was committed before it), and
 * rows that are decided by are held.
 */
export const postgresCapabilities: Capabilities = {
  columns: { integer: 'bigint', bytes: 'bytea' },
  countedId: column => column.primaryKey().generatedAlwaysAsIdentity(),
  finishTable: table => table,
  // Not `for update`, which would also keep out those who insert rows that refer to this one.
  holdRow: async (tx, table, id, ifBusy) => {
    const skip = ifBusy === 'skip' ? sql` skip locked` : sql``;
    const held = await sql`select 1 from ${sql.table(table)} where id = ${id} for no key update${skip}`.execute(tx);
    return held.rows.length > 0;
  },
  wasConflict,
  makeDurable: () => undefined,
  now: askNow,
  lockMigrations: async tx => {
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx);
  },
};

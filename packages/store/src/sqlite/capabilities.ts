import type { Capabilities } from '../sql/capabilities.js';
import { sql } from '../sql/kysely.js';
import type { Clock } from '../store.js';
import type { WriteAheadLog } from './writeAheadLog.js';

/** SQLite: one writer at a time, which every `write` is from its begin, so that no row must be locked. */
export function sqliteCapabilities(clock: Clock, log: WriteAheadLog): Capabilities {
  return {
    columns: { integer: 'integer', bytes: 'blob' },
    countedId: column => column.primaryKey().autoIncrement(),
    // Without `strict` a column takes values of any type.
    finishTable: table => table.modifyEnd(sql`strict`),
    holdRow: () => true,
    wasConflict: () => false,
    makeDurable: () => log.sync(),
    now: async () => clock.now(),
    lockMigrations: async () => undefined,
  };
}

import type { Kysely } from 'kysely';
import type { Capabilities } from '../capabilities.js';
import type { Tables } from '../tables/index.js';

/**
 * What a migration may use of the database: the schema builder and raw statements. Not the typed tables, which are those
 * of the newest schema.
 */
export type MigrationDb = Pick<Kysely<Tables>, 'schema' | 'getExecutor'>;

/** One step of the schema. Once released it never changes; what it did is changed by a later one. */
export interface Migration {
  name: string;
  /** @param now the store's clock, milliseconds */
  up(db: MigrationDb, capabilities: Capabilities, now: number): Promise<void>;
}

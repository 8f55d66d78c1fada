import { BerthError } from '@berth/protocol';
import { StoreDatabase } from '../sql/database.js';
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from '../sql/kysely.js';
import { migrate } from '../sql/migrations/migrate.js';
import type { Tables } from '../sql/tables/index.js';
import { readDatabaseUrl } from './address.js';
import { postgresCapabilities } from './capabilities.js';
import { PostgresDriver } from './driver.js';
import { makePool, type PoolOptions } from './pool.js';
import { describeStartError, reachServer } from './reach.js';

/** How long a server that is not there is waited for at the start: it may be starting at the same time. */
const WAIT_MS = 10_000;

/**
 * Brings the database to the newest schema and opens it.
 *
 * @throws BerthError as {@link reachServer} and `migrate`; `database_unusable` for a URL that cannot be read
 */
export async function openPostgres(options: {
  url: string;
  poolSize?: number | undefined;
  waitMs?: number | undefined;
}): Promise<StoreDatabase> {
  const address = readDatabaseUrl(options.url);
  await prepare(options.url, address, options.waitMs ?? WAIT_MS);
  return openDatabase(options.url, { size: options.poolSize });
}

/** On a connection of its own, whose statements may take as long as a migration needs. */
async function prepare(url: string, address: ReturnType<typeof readDatabaseUrl>, waitMs: number): Promise<void> {
  const pool = makePool(url, { size: 1, patient: true });
  try {
    await reachServer(pool, address, waitMs);
    await migrate(makeDatabase(pool), postgresCapabilities);
  } catch (error) {
    throw describeStartError(error, address);
  } finally {
    // Not by way of the database, which ends nothing as long as it was not used.
    await pool.end();
  }
}

function openDatabase(url: string, options: PoolOptions): StoreDatabase {
  if (options.size !== undefined && (!Number.isInteger(options.size) || options.size < 1)) {
    throw new BerthError('invalid_request', `${options.size} is not a number of database connections`);
  }
  return makeDatabase(makePool(url, options));
}

function makeDatabase(pool: ReturnType<typeof makePool>): StoreDatabase {
  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new PostgresDriver(pool),
      createIntrospector: db => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return new StoreDatabase(kysely, postgresCapabilities);
}

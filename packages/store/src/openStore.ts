import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { prepareFolder, unusable } from './dataDir/folder.js';
import { lockFolder } from './dataDir/lock.js';
import type { StoreDatabase } from './sql/database.js';
import { migrate } from './sql/migrations/migrate.js';
import { sqlStore } from './sql/sqlStore.js';
import { sqliteHousekeeping } from './sqlite/housekeeping.js';
import { openSqlite } from './sqlite/open.js';
import type { Clock, Store } from './store.js';
import { checkKeys } from './vault/checkKeys.js';
import { howToMake } from './vault/givenKeys.js';
import { readOrMakeKeys, writeKeys } from './vault/keyFile.js';
import { Vault } from './vault/vault.js';

/** Name of the database in its folder. */
export const DATABASE_FILE = 'berth.sqlite';

/** A store of one coordinator, in a folder. */
export interface SqliteStoreOptions {
  /** Folder of the database and its key; made when it is not there. One process uses it at a time. */
  dataDir: string;
  databaseUrl?: undefined;
  /** The machine's clock unless given. */
  clock?: Clock | undefined;
  /**
   * Encryption keys of 32 bytes: the first encrypts, all decrypt. Without them the file `encryption.key` in the folder is
   * used, and made at the first start.
   */
  keys?: readonly Uint8Array[] | undefined;
  /**
   * Puts a new key before those in `encryption.key`, so that `maintenance.rotateKeys` can seal everything anew with it and
   * leave it there alone. Means nothing where keys are given.
   */
  newKey?: boolean | undefined;
}

/** A store on Postgres, which several coordinators may share. Its clock is the database's. */
export interface PostgresStoreOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with options as pg and libpq know them (`sslmode`, `sslrootcert`…). */
  databaseUrl: string;
  /** Encryption keys of 32 bytes: the first encrypts, all decrypt. The same for every coordinator of the database. */
  keys?: readonly Uint8Array[] | undefined;
  /** Most connections at a time; 10 unless given. */
  poolSize?: number | undefined;
  /** How long a server that is not there is waited for at the start; 10 s unless given. */
  waitMs?: number | undefined;
}

export type StoreOptions = SqliteStoreOptions | PostgresStoreOptions;

/**
 * Opens the store: on SQLite in a folder (one file, `berth.sqlite`), or on Postgres.
 *
 * @throws BerthError `schema_too_new`, `encryption_key_unusable` (missing, malformed, not the one that the database was
 *   made with); for a folder `data_dir_unusable` (cannot be written, no folder, no database) and `data_dir_in_use` naming
 *   the process that uses it; for a URL `database_unusable` (cannot be read; credentials, database, certificate or version
 *   of the server refused) and `unavailable` when no server answers
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return options.databaseUrl === undefined ? openOnSqlite(options) : openOnPostgres(options);
}

async function openOnSqlite(options: SqliteStoreOptions): Promise<Store> {
  const folder = prepareFolder(options.dataDir);
  const lock = await lockFolder(folder);
  try {
    const keyFile = join(folder, 'encryption.key');
    const ownKeys = options.keys === undefined ? keysOf(folder, keyFile, options.newKey) : null;
    const vault = new Vault(options.keys ?? ownKeys ?? []);
    const clock = options.clock ?? { now: () => Date.now() };
    const file = join(folder, DATABASE_FILE);
    const { database, capabilities } = openSqlite(file, clock);
    await closeUnless(database, async () => {
      await migrate(database, capabilities);
      await checkKeys(database, vault);
    });
    return sqlStore(
      { database, vault },
      {
        ...sqliteHousekeeping(file),
        keysRotated: () => {
          if (ownKeys !== null) writeKeys(keyFile, ownKeys.slice(0, 1));
        },
        closed: () => lock.release(),
      },
    );
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openOnPostgres(options: PostgresStoreOptions): Promise<Store> {
  const { databaseUrl: url, keys, poolSize, waitMs } = options;
  if (keys === undefined) {
    throw new BerthError('encryption_key_unusable', 'a database URL needs an encryption key beside it', howToMake);
  }
  const vault = new Vault(keys);
  // Loaded here alone: a coordinator on SQLite starts without it.
  const { openPostgres } = await import('./postgres/open.js');
  const { postgresHousekeeping } = await import('./postgres/housekeeping.js');
  const database = await openPostgres({ url, poolSize, waitMs });
  await closeUnless(database, () => checkKeys(database, vault));
  return sqlStore({ database, vault }, postgresHousekeeping);
}

/** Closes the database when the work throws. */
async function closeUnless(database: StoreDatabase, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await database.close();
    throw error;
  }
}

function keysOf(folder: string, file: string, fresh: boolean | undefined): Buffer[] {
  try {
    return readOrMakeKeys(file, fresh);
  } catch (error) {
    throw error instanceof BerthError ? error : unusable(folder, error);
  }
}

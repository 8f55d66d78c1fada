/**
 * What is done with a coordinator's database while no coordinator runs on it (or, on Postgres, beside them):
 * `@berth/coordinator/offline`. Loads no server.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { DATABASE_FILE, type Store, type Verification } from '@berth/store';
import { openStoreAt, type StorePlace } from '../storePlace.js';

export type { StorePlace, Verification };

/**
 * Looks at everything.
 *
 * @throws BerthError as opening the store does; `data_dir_unusable` for a folder without a database
 */
export function checkDatabase(place: StorePlace): Promise<Verification> {
  return withStore(place, store => store.maintenance.verify());
}

/** Writes a copy into a new file. Throws BerthError as {@link checkDatabase}; `invalid_request` for a file that is there. */
export function backupDatabase(place: StorePlace, file: string): Promise<{ sizeBytes: number }> {
  return withStore(place, store => store.maintenance.backup(file));
}

/**
 * Seals everything anew: with the first of the keys that were given, else with a new one that takes the place of that in
 * the data directory.
 *
 * @returns number of values that were sealed anew
 * @throws BerthError as {@link checkDatabase}
 */
export function rotateKeys(place: StorePlace): Promise<number> {
  return withStore(place, store => store.maintenance.rotateKeys(), { newKey: true });
}

async function withStore<T>(
  place: StorePlace,
  work: (store: Store) => Promise<T>,
  how: { newKey?: boolean } = {},
): Promise<T> {
  mustBeThere(place);
  const store = await openStoreAt(place, how);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Opening a store makes what is not there; a mistyped folder would then be an empty database in which all is well. */
function mustBeThere({ dataDir, databaseUrl }: StorePlace): void {
  if (databaseUrl !== undefined || existsSync(join(dataDir, DATABASE_FILE))) return;
  throw new BerthError('data_dir_unusable', `there is no database in ${dataDir}`, {
    hint: 'Name the --data-dir of the coordinator.',
  });
}

/**
 * What is done with a coordinator's database while no coordinator runs on it (or, on Postgres, beside them):
 * `@berth/coordinator/offline`. Loads no server.
 */
import type { Store, Verification } from '@berth/store';
import { openStoreAt, type StorePlace } from '../storePlace.js';

export type { StorePlace, Verification };

/** Looks at everything. Throws BerthError as opening the store does. */
export function checkDatabase(place: StorePlace): Promise<Verification> {
  return withStore(openStoreAt(place), store => store.maintenance.verify());
}

/** Writes a copy into a new file. Throws BerthError as opening the store does; `invalid_request` for a file that is there. */
export function backupDatabase(place: StorePlace, file: string): Promise<{ sizeBytes: number }> {
  return withStore(openStoreAt(place), store => store.maintenance.backup(file));
}

/**
 * Seals everything anew: with the first of the keys that were given, else with a new one that takes the place of that in
 * the data directory.
 *
 * @returns number of values that were sealed anew
 */
export function rotateKeys(place: StorePlace): Promise<number> {
  return withStore(openStoreAt(place, { newKey: true }), store => store.maintenance.rotateKeys());
}

async function withStore<T>(opening: Promise<Store>, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await opening;
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { prepareFolder, unusable } from './dataDir/folder.js';
import { lockFolder } from './dataDir/lock.js';
import { migrate } from './sql/migrations/migrate.js';
import { sqlStore } from './sql/sqlStore.js';
import { openSqlite } from './sqlite/open.js';
import type { Clock, Store } from './store.js';
import { checkKeys } from './vault/checkKeys.js';
import { readOrMakeKey } from './vault/keyFile.js';
import { Vault } from './vault/vault.js';

export interface StoreOptions {
  /** Folder of the database and its key; made when it is not there. One process uses it at a time. */
  dataDir: string;
  /** The machine's clock unless given. */
  clock?: Clock;
  /**
   * Encryption keys of 32 bytes: the first encrypts, all decrypt. Without them the file `encryption.key` in the folder is
   * used, and made at the first start.
   */
  keys?: readonly Uint8Array[];
}

/**
 * Opens the store on SQLite: one file, `berth.sqlite`, in the data directory.
 *
 * @throws BerthError `data_dir_unusable` (cannot be written, no folder, no database, wrong key), `data_dir_in_use` naming
 *   the process that uses it, `schema_too_new`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const folder = prepareFolder(options.dataDir);
  const lock = await lockFolder(folder);
  const clock = options.clock ?? { now: () => Date.now() };
  try {
    const vault = new Vault(options.keys ?? [keyOf(folder)]);
    const { database, capabilities } = openSqlite(join(folder, 'berth.sqlite'), clock);
    try {
      await migrate(database, capabilities);
      await checkKeys(database, vault);
    } catch (error) {
      await database.close();
      throw error;
    }
    return sqlStore({ database, vault }, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

function keyOf(folder: string): Buffer {
  try {
    return readOrMakeKey(join(folder, 'encryption.key'));
  } catch (error) {
    throw error instanceof BerthError ? error : unusable(folder, error);
  }
}

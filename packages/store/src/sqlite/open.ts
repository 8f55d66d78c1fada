import { closeSync, openSync } from 'node:fs';
import { BerthError } from '@berth/protocol';
import Database, { type Database as SqliteDatabase } from 'better-sqlite3';
import { StoreDatabase } from '../sql/database.js';
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from '../sql/kysely.js';
import type { Tables } from '../sql/tables/index.js';
import type { Clock } from '../store.js';
import { sqliteCapabilities } from './capabilities.js';
import { SqliteDriver } from './driver.js';

/**
 * Opens (or makes) the database file.
 *
 * @throws BerthError `data_dir_unusable` when the file cannot be opened or is no database
 */
export function openSqlite(file: string, clock: Clock) {
  const sqlite = openFile(file);
  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new SqliteDriver(sqlite),
      createIntrospector: db => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const capabilities = sqliteCapabilities(clock);
  return { database: new StoreDatabase(kysely, capabilities), capabilities };
}

function openFile(file: string): SqliteDatabase {
  let db: SqliteDatabase | undefined;
  try {
    // Made here and not by SQLite, so that nobody else can read it; its companions take over its mode.
    closeSync(openSync(file, 'a', 0o600));
    // Waiting for another process's lock holds this one up: not for long, then the caller tries again.
    db = new Database(file, { timeout: 1_000 });
    db.pragma('journal_mode = wal');
    // A stored gate or result must survive a power cut: commits wait for the disk.
    db.pragma('synchronous = full');
    db.pragma('foreign_keys = on');
    // Deleted content is overwritten: what was dropped (a token's hash, a plain archive) does not linger in free pages.
    db.pragma('secure_delete = fast');
    // 4 MiB: claims touch a few pages, and what is not here is in the system's cache. Blobs would fill any size.
    db.pragma('cache_size = -4096');
    return db;
  } catch (cause) {
    db?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BerthError('data_dir_unusable', `the database ${file} cannot be opened: ${reason}`, { cause });
  }
}

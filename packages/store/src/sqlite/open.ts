import { closeSync, openSync } from 'node:fs';
import { BerthError } from '@berth/protocol';
import Database, { type Database as SqliteDatabase } from 'better-sqlite3';
import { StoreDatabase } from '../sql/database.js';
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from '../sql/kysely.js';
import type { Tables } from '../sql/tables/index.js';
import type { Clock } from '../store.js';
import { sqliteCapabilities } from './capabilities.js';
import { SqliteDriver } from './driver.js';
import { WriteAheadLog } from './writeAheadLog.js';

/**
 * Opens (or makes) the database file.
 *
 * @param log for tests of what waits for the disk
 * @throws BerthError `data_dir_unusable` when the file cannot be opened or is no database
 */
export function openSqlite(file: string, clock: Clock, log = new WriteAheadLog(`${file}-wal`)) {
  const sqlite = openFile(file);
  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new SqliteDriver(sqlite, log),
      createIntrospector: db => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const capabilities = sqliteCapabilities(clock, log);
  return { database: new StoreDatabase(kysely, capabilities), capabilities };
}

function openFile(file: string): SqliteDatabase {
  let db: SqliteDatabase | undefined;
  try {
    // Made here and not by SQLite, so that nobody else can read it; its companions take over its mode.
    closeSync(openSync(file, 'a', 0o600));
    // Waiting for another process's lock holds this one up: not for long, then the caller tries again.
    db = new Database(file, { timeout: 1_000 });
    const mode = db.pragma('journal_mode = wal', { simple: true });
    if (mode !== 'wal')
      throw new Error('the file system has no shared memory, as a network share, so it cannot be used safely');
    // A stored gate or result must survive a power cut: whoever is told of it waits for the disk, but not in this thread.
    // {@link WriteAheadLog} sees to that.
    db.pragma('synchronous = normal');
    // {@link Checkpoints} copies much sooner, in another thread; this bounds the log (64 MiB) should it be too slow.
    db.pragma('wal_autocheckpoint = 16000');
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

import { BerthError } from '@berth/protocol';
import Database from 'better-sqlite3';

/** What may be over in a moment, or when somebody has made room: locked, disk full, disk trouble, out of memory. */
const passing = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM)/;

/** What callers are to see of an error of SQLite: `unavailable` for what may pass, everything else as it is. */
export function describeSqliteError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError) || !passing.test(error.code)) return error;
  return new BerthError('unavailable', `the database does not answer: ${error.message}`, { cause: error });
}

import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BerthError } from '@berth/protocol';
import type { Housekeeping } from '../sql/housekeeping.js';
import { runAside } from './aside.js';

/** What the database in the file does for its maintenance. */
export function sqliteHousekeeping(file: string): Pick<Housekeeping, 'structure' | 'backup'> {
  return {
    structure: async () => {
      const [integrity = [], references = []] = await runAside(file, [
        'pragma integrity_check(100)',
        'pragma foreign_key_check',
      ]);
      return [
        ...integrity.map(row => String(row.integrity_check)).filter(text => text !== 'ok'),
        ...references.map(row => `row ${row.rowid} of ${row.table} names a row of ${row.parent} that is not there`),
      ];
    },
    backup: target => backup(file, resolve(target)),
  };
}

/** Written aside and given its name once it is on disk: a copy that broke off is not taken for one. */
async function backup(file: string, target: string): Promise<{ sizeBytes: number }> {
  if (existsSync(target)) throw cannot(target, 'it is there already');
  const aside = `${target}.part`;
  try {
    // Made here, so that nobody else can read it. SQLite takes an empty file for a new database.
    closeSync(openSync(aside, 'w', 0o600));
  } catch (cause) {
    throw cannot(target, cause);
  }
  try {
    await runAside(file, [`vacuum into '${aside.replaceAll("'", "''")}'`]);
    sync(aside);
    linkSync(aside, target);
    sync(dirname(target));
    return { sizeBytes: statSync(target).size };
  } catch (cause) {
    throw cannot(target, cause);
  } finally {
    rmSync(aside, { force: true });
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function cannot(target: string, cause: unknown): BerthError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BerthError('invalid_request', `the backup ${target} cannot be written: ${reason}`, {
    hint: 'Name a file that does not exist, in a folder that the coordinator can write.',
    cause,
  });
}

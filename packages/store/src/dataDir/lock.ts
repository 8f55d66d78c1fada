import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BerthError } from '@berth/protocol';
import Database from 'better-sqlite3';
import { unusable } from './folder.js';
import { identify, isAlive, type ProcessIdentity } from './processIdentity.js';

/** How long the loser of two starters waits to read the winner's name, in steps. */
const NAME_WAIT_MS = 1_000;
const NAME_STEP_MS = 10;

interface DataDirLock {
  release(): void;
}

/**
 * Takes the folder for this process, until `release` or the end of the process.
 *
 * The lock is one of the operating system, on the file `berth.lock`, taken through SQLite (Node itself cannot take one):
 * the kernel gives it to one of two starters and takes it back when a process ends, however it ends. It also holds between
 * containers that share the folder and cannot see each other's pids. Who holds it stands beside it in `berth.pid`, with
 * start time and boot id, so that a name left behind by a dead process is not mistaken for the holder's.
 *
 * @throws BerthError `data_dir_in_use` naming the holder's pid, `data_dir_unusable`
 */
export async function lockFolder(folder: string): Promise<DataDirLock> {
  const nameFile = join(folder, 'berth.pid');
  const lock = tryLock(folder);
  if (lock === null) throw await inUse(folder, nameFile);
  try {
    writeName(nameFile);
  } catch (cause) {
    lock.close();
    throw unusable(folder, cause);
  }
  return {
    release: () => {
      if (!lock.open) return;
      rmSync(nameFile, { force: true });
      lock.close();
    },
  };
}

/** Null when another holds it. */
function tryLock(folder: string): Database.Database | null {
  let db: Database.Database | undefined;
  try {
    db = new Database(join(folder, 'berth.lock'), { timeout: 0 });
    // Nothing is ever written: the file stays empty, and no journal appears beside it.
    db.exec('begin exclusive');
    return db;
  } catch (cause) {
    db?.close();
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) return null;
    throw unusable(folder, cause);
  }
}

function writeName(file: string): void {
  const aside = `${file}.new`;
  writeFileSync(aside, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  renameSync(aside, file);
}

async function inUse(folder: string, nameFile: string): Promise<BerthError> {
  const deadline = Date.now() + NAME_WAIT_MS;
  let holder = readName(nameFile);
  while (holder === null && Date.now() < deadline) {
    await delay(NAME_STEP_MS);
    holder = readName(nameFile);
  }
  const who = holder === null ? 'another process' : `process ${holder.pid}`;
  return new BerthError('data_dir_in_use', `the data directory ${folder} is in use by ${who}`, {
    hint: 'End that process first, or name another folder with --data-dir.',
  });
}

/** The living holder; null while it has not written its name yet. */
function readName(file: string): ProcessIdentity | null {
  try {
    const holder: ProcessIdentity = JSON.parse(readFileSync(file, 'utf8'));
    return isAlive(holder) ? holder : null;
  } catch {
    // Not written yet, or just removed.
    return null;
  }
}

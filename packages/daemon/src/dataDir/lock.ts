import { linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { bootId, identify, isAlive } from '@berth/terraform';
import { z } from 'zod';

/** Content of the lock file: who holds the data directory. */
const holder = z.object({
  pid: z.number().int(),
  /** In clock ticks since boot; tells it from a later process of the same number. */
  start: z.string(),
  bootId: z.string(),
  /** What the holder is, for people. */
  name: z.string(),
  /** ISO 8601. */
  since: z.string(),
});
type Holder = z.infer<typeof holder>;

export interface DirectoryLock {
  /** Gives it up. Twice is fine. */
  release(): void;
}

/**
 * Takes a data directory for this process. A lock of a process that is gone (another start time or boot) is taken over.
 *
 * @param name what to tell a second process that asks
 * @param isLive whether a holder still runs
 * @throws BerthError `data_dir_in_use`, naming the holder
 */
export function lockDirectory(directory: string, name: string, isLive = isLiveHolder): DirectoryLock {
  const path = join(directory, 'lock');
  const draft = join(directory, `lock.${process.pid}`);
  const { pid, start } = identify(process.pid) ?? { pid: process.pid, start: '' };
  const mine: Holder = { pid, start, bootId: bootId(), name, since: new Date().toISOString() };
  writeFileSync(draft, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
  try {
    if (!tryLink(draft, path)) takeOver(directory, draft, path, isLive);
  } finally {
    rmSync(draft, { force: true });
  }
  let held = true;
  return {
    release() {
      if (held) rmSync(path, { force: true });
      held = false;
    },
  };
}

/** Links the draft to its final name, which fails when there is one: of two starters one wins. */
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** One at a time looks at a dead holder's lock and replaces it; the folder stands for the right to do so. */
function takeOver(directory: string, draft: string, path: string, isLive: IsLive): void {
  throwIfHeld(directory, path, isLive);
  const right = join(directory, 'lock.takeover');
  dropIfForgotten(right);
  try {
    mkdirSync(right);
  } catch {
    throw inUse(directory, 'another process is just taking it over');
  }
  try {
    throwIfHeld(directory, path, isLive);
    renameSync(draft, path);
  } finally {
    rmdirSync(right);
  }
}

function throwIfHeld(directory: string, path: string, isLive: IsLive): void {
  const other = readHolder(path);
  if (other === null || !isLive(other)) return;
  throw inUse(directory, `${other.name} holds it (process ${other.pid}, since ${other.since})`);
}

type IsLive = (holder: Holder) => boolean;

function isLiveHolder(holder: Holder): boolean {
  return holder.bootId === bootId() && isAlive(holder);
}

function inUse(directory: string, why: string): BerthError {
  return new BerthError('data_dir_in_use', `the data directory ${directory} is in use: ${why}`, {
    hint: 'Give each daemon a --data-dir of its own, or end that process.',
  });
}

/** Null when there is none, or none that a process of ours wrote whole. */
function readHolder(path: string): Holder | null {
  try {
    return holder.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** A take-over takes a millisecond; one of a minute ago was cut short by the end of its process. */
const FORGOTTEN_MS = 60_000;

function dropIfForgotten(right: string): void {
  try {
    if (Date.now() - statSync(right).mtimeMs > FORGOTTEN_MS) rmdirSync(right);
  } catch {
    // There is none, or somebody else was faster.
  }
}

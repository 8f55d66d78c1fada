import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type AttemptRef, BerthError, daemonName, id } from '@berth/protocol';
import { AttemptFolder } from '@berth/terraform';
import { type DirectoryLock, lockDirectory } from './lock.js';

interface OpenDataDirectory {
  path: string;
  /** What to tell a second process that asks for the directory. */
  name: string;
  /** How long to wait for a process that holds it. */
  waitMs: number;
}

/**
 * The folder that a daemon keeps its things in; the only place that knows what stands where. It belongs to one process.
 * Every folder has mode 0700: states, variables and tokens lie here.
 */
export class DataDirectory {
  private constructor(
    readonly path: string,
    /** Identity of the directory: the same after a restart on the same one. */
    readonly instance: string,
    private readonly lock: DirectoryLock,
  ) {}

  /** @throws BerthError `data_dir_unusable`, `data_dir_in_use` */
  static async open(options: OpenDataDirectory): Promise<DataDirectory> {
    const path = resolve(options.path);
    makeFolders(path);
    const lock = await lockWithin(path, options.name, options.waitMs);
    try {
      return new DataDirectory(path, readInstance(path), lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Notes down the name of the daemon that the directory is of, for a start that gives none: what is left here is taken
   * up under the same name alone.
   */
  rememberName(name: string): void {
    const file = join(this.path, 'name');
    if (rememberedName(this.path) === name) return;
    writeFileSync(`${file}.new`, `${name}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** Folder of one attempt. There from its start until the coordinator has settled it. */
  attempt(ref: AttemptRef): string {
    return join(this.path, 'attempts', `${ref.job}-${ref.attempt}`);
  }

  /** Folders of attempts that a process before this one has left. */
  leftAttempts(): string[] {
    const folder = join(this.path, 'attempts');
    return readdirSync(folder).map(name => join(folder, name));
  }

  /**
   * Takes a folder of an attempt out of sight and returns its new path, to be removed: what is half removed must not be
   * taken for an attempt by the next process.
   */
  discard(folder: string): string {
    const discarded = join(this.path, 'discarded', `${basename(folder)}.${randomUUID()}`);
    renameSync(folder, discarded);
    return discarded;
  }

  /**
   * Keeps a folder of an attempt for people, with the reason beside it: nobody takes it up again.
   *
   * @returns its new path
   */
  keep(folder: string, reason: string): string {
    const kept = join(this.path, 'kept', basename(folder));
    writeFileSync(join(folder, 'why-kept'), `${reason}\n`, { mode: 0o600 });
    renameSync(folder, kept);
    return kept;
  }

  /** Removes what {@link discard} took out of sight and nobody removed, because the process ended. */
  async clearDiscarded(): Promise<void> {
    const folder = join(this.path, 'discarded');
    await Promise.all(readdirSync(folder).map(name => new AttemptFolder(join(folder, name)).remove()));
  }

  /** Initialised copies of template versions. */
  get warm(): string {
    return join(this.path, 'warm');
  }

  /** Plugins that were fetched, unless they are kept elsewhere. */
  get plugins(): string {
    return join(this.path, 'plugins');
  }

  /** Lets another process have it. Twice is fine. */
  close(): void {
    this.lock.release();
  }
}

/** Name of the daemon that had a data directory last; null where none is known. */
export function rememberedName(path: string): string | null {
  const file = join(path, 'name');
  if (!existsSync(file)) return null;
  const read = daemonName.safeParse(readFileSync(file, 'utf8').trim());
  return read.success ? read.data : null;
}

function makeFolders(path: string): void {
  try {
    makeFolder(path);
    for (const name of ['attempts', 'warm', 'discarded', 'kept']) makeFolder(join(path, name));
    writeFileSync(join(path, 'writable'), '', { mode: 0o600 });
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new BerthError('data_dir_unusable', `the data directory ${path} cannot be written to${why}`, {
      hint: 'Name another one with --data-dir, or make it writable for this user.',
      cause,
    });
  }
}

/**
 * Makes a folder and those above it. Not by `recursive` of mkdir, which never returns where a folder seems to be there
 * and has no place for another (Node 20 below /proc).
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody else may have made it in this moment.
    if (!existsSync(path)) throw error;
  }
}

/** How often a data directory that is in use is asked for again. */
const LOCK_POLL_MS = 50;

async function lockWithin(path: string, name: string, waitMs: number): Promise<DirectoryLock> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      return lockDirectory(path, name);
    } catch (error) {
      const inUse = error instanceof BerthError && error.code === 'data_dir_in_use';
      if (!inUse || Date.now() >= deadline) throw error;
      await setTimeout(LOCK_POLL_MS);
    }
  }
}

function readInstance(path: string): string {
  const file = join(path, 'instance');
  if (existsSync(file)) {
    const read = id.safeParse(readFileSync(file, 'utf8').trim());
    if (read.success) return read.data;
    throw new BerthError('data_dir_unusable', `${file} does not hold what a daemon wrote there`, {
      hint: 'Remove the file, or name another directory with --data-dir.',
    });
  }
  const instance = randomUUID();
  writeFileSync(`${file}.new`, `${instance}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return instance;
}

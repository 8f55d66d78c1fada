import { closeSync, fdatasync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { BerthError } from '@berth/protocol';

/**
 * Brings SQLite's write-ahead log to disk, in a thread of Node's pool. With `synchronous = normal` a commit is in the log
 * and outlives the process, but waits for no disk; SQLite itself syncs the log before it copies from it into the database.
 * So what was committed is safe from a power cut once the log has been synced after it.
 *
 * One sync serves everybody who asked before it began. Who asks while one is under way waits for the next, since that one
 * may have begun before what they wrote.
 */
export class WriteAheadLog {
  readonly #file: string;
  #descriptor: number | null = null;
  /** The sync that has begun last. */
  #last: Promise<void> = Promise.resolve();
  /** The one that has not begun, since another is under way. */
  #next: Promise<void> | null = null;
  /** Why nothing can be promised any more. */
  #broken: BerthError | null = null;

  /**
   * @param file the log; it is there as soon as something was written, and stays until the database is closed
   * @param syncData brings the data of an open file to disk
   */
  constructor(
    file: string,
    private readonly syncData: (descriptor: number) => Promise<void> = promisify(fdatasync),
  ) {
    this.#file = file;
  }

  /**
   * Fulfilled when all that is in the log now is on disk.
   *
   * @throws BerthError `unavailable`; for good after an error of the disk itself, since the system then forgets what it
   *   could not write, and a later sync would say that all is well
   */
  sync(): Promise<void> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    if (this.#next !== null) return this.#next;
    // A failure of the one under way is told to those who asked for that one.
    const before = this.#last.catch(() => undefined);
    const next: Promise<void> = before.then(() => {
      this.#last = next;
      this.#next = null;
      return this.#syncNow();
    });
    this.#next = next;
    return next;
  }

  /** To be called when the database is closed: SQLite has brought everything to disk by then. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#last, this.#next]);
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  async #syncNow(): Promise<void> {
    try {
      this.#descriptor ??= await this.#open();
      await this.syncData(this.#descriptor);
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  /** The log may have been made just now: then its name must be on disk, too. */
  async #open(): Promise<number> {
    const folder = await open(dirname(this.#file));
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return openSync(this.#file, 'r');
  }

  #failed(cause: unknown): BerthError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new BerthError('unavailable', `the database cannot be brought to disk: ${reason}`, { cause });
    if (cause instanceof Error && 'code' in cause && cause.code === 'EIO') this.#broken = error;
    return error;
  }
}

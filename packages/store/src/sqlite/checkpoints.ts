import { statSync } from 'node:fs';
import { runAside } from './aside.js';

/** Pages of 4 KiB that the log may grow by, about, before they are copied into the database: 16 MiB. */
const PAGES = 4_000;
const PAGE_BYTES = 4_096;
/** What a commit writes beside contents: rows and their indexes, a page each. */
const PAGES_OF_COMMIT = 8;

/**
 * Copies what is in the write-ahead log into the database, in another thread: it waits for the disk twice. How far the log
 * has grown is estimated, since SQLite tells it to nobody without a lock; should the estimate or the other thread fail, the
 * connection itself copies (`wal_autocheckpoint`).
 */
export class Checkpoints {
  readonly #file: string;
  #pages: number;
  #running: Promise<void> | null = null;

  /** @param file of the database */
  constructor(file: string) {
    this.#file = file;
    // What a process that was killed has left in the log counts, or one that is killed again and again would never copy it.
    this.#pages = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) / PAGE_BYTES;
  }

  /** A transaction was committed that wrote so many bytes of content. */
  committed(contentBytes: number): void {
    this.#pages += PAGES_OF_COMMIT + contentBytes / PAGE_BYTES;
    if (this.#pages < PAGES || this.#running !== null) return;
    this.#pages = 0;
    this.#running = this.#copy().finally(() => {
      this.#running = null;
    });
  }

  /** Fulfilled when none is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #copy(): Promise<void> {
    try {
      await runAside(this.#file, ['pragma wal_checkpoint(passive)']);
    } catch {
      // The next one, or the connection itself, copies more.
    }
  }
}

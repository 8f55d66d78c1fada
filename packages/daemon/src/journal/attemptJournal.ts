import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BerthError } from '@berth/protocol';
import type { JournalFact } from './facts.js';

/** Path of the journal in the folder of an attempt. */
export function journalPath(folder: string): string {
  return join(folder, 'journal');
}

/**
 * What a later process needs to know of an attempt, appended to a file as it comes to be. A noted fact outlives this
 * process at once, and the machine's fall once {@link sync} has resolved. Nobody waits for the disk but who must: it is
 * written to while the accept is under way and the work directory is filled.
 */
export class AttemptJournal {
  readonly #file: number;
  readonly #folder: string;
  #entriesSynced: Promise<void> | null = null;
  #closed = false;

  /** @param folder of the attempt; a journal that is there already is gone on with */
  constructor(folder: string) {
    this.#folder = folder;
    this.#file = openSync(journalPath(folder), 'a', 0o600);
  }

  /** @throws BerthError `data_dir_unusable` */
  note(fact: JournalFact): void {
    if (this.#closed) return;
    try {
      writeSync(this.#file, `${JSON.stringify(fact)}\n`);
    } catch (cause) {
      throw refused(cause);
    }
  }

  /**
   * Resolves when everything that was noted before is on the disk.
   *
   * @throws BerthError `data_dir_unusable`
   */
  async sync(): Promise<void> {
    try {
      await Promise.all([promisify(fdatasync)(this.#file), this.syncEntries()]);
    } catch (cause) {
      throw refused(cause);
    }
  }

  /** Puts the names of the attempt's folder and journal on the disk; once. */
  syncEntries(): Promise<void> {
    this.#entriesSynced ??= syncFolders(this.#folder, dirname(this.#folder));
    return this.#entriesSynced;
  }

  /** Twice is fine. */
  close(): void {
    if (!this.#closed) closeSync(this.#file);
    this.#closed = true;
  }
}

function refused(cause: unknown): BerthError {
  const why = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  return new BerthError('data_dir_unusable', `the daemon's disk does not take what must be noted first${why}`, {
    cause,
  });
}

/** What a folder holds is on the disk only once the folder itself is. */
export async function syncFolders(...paths: string[]): Promise<void> {
  await Promise.all(
    paths.map(async path => {
      const folder = await open(path, 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    }),
  );
}

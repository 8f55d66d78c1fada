/** What one step of a sweep has done. */
export interface Swept {
  /** The pass has not ended: another step goes on from here. False at the end of a pass, and the next step begins anew. */
  more: boolean;
  /** Dry runs that were deleted. */
  dryRuns: number;
  /** States whose content retention has dropped. */
  droppedStates: number;
  /** Bytes of content that were deleted. */
  freedBytes: number;
}

/** Something in the database that should not be so. */
export interface Problem {
  kind: 'database' | 'job' | 'attempt' | 'state' | 'archive' | 'log' | 'reference' | 'sealed';
  /** Id of what it is about; empty for the database as a whole. */
  id: string;
  problem: string;
}

export interface Verification {
  /** How many of each were looked at. */
  jobs: number;
  states: number;
  archives: number;
  logs: number;
  /** Empty when all is well; at most 1,000. */
  problems: Problem[];
}

/** What keeps a store small and sound. Everything here goes in small steps, beside the daily work. */
export interface Maintenance {
  /**
   * One step, of a few milliseconds, of a pass that deletes what nobody needs: uploads that broke off and contents that
   * nobody named within a day; archives of templates deleted over a day ago; dry runs that ended over a week ago; and, when told to, contents of states of
   * older builds. To be called again and again: at once while there is more, else after some minutes.
   *
   * @param stateBuilds of how many of its last builds a workspace keeps the states, at least 1; all unless given. The state
   *   that a workspace has is always kept, and so is what a kept build began with
   */
  sweep(what?: { stateBuilds?: number | undefined }): Promise<Swept>;
  /**
   * Writes a copy of the database, as it is at one moment, into a new file. The key is not in it: without the file
   * `encryption.key` beside the database (or the key that was given) a copy cannot be read.
   *
   * @throws BerthError `invalid_request` when the file exists or cannot be written, or the store is on Postgres, which has
   *   a tool of its own
   */
  backup(file: string): Promise<{ sizeBytes: number }>;
  /**
   * Looks at everything: the database's own structure, whether the facts of every job are such as the lifecycle makes,
   * whether every state and archive that is kept can be read and is what its digest says, every reference.
   */
  verify(): Promise<Verification>;
  /**
   * Seals everything anew with the first key, after which the others open nothing any more and are forgotten. Every
   * coordinator of the database must have been started with the new key as its first before. May be repeated, also after
   * it broke off.
   *
   * @returns number of values that were sealed anew
   */
  rotateKeys(): Promise<number>;
}

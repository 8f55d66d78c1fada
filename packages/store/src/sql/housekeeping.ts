/** What a database does for its maintenance in a way of its own. */
export interface Housekeeping {
  /** What the database finds wrong with itself. */
  structure(): Promise<string[]>;
  /** Copies the database into a file; throws `invalid_request` when it cannot. */
  backup(file: string): Promise<{ sizeBytes: number }>;
  /** The vault's first key alone is needed from now on. */
  keysRotated(): void;
  /** Called after the database was closed. */
  closed(): void;
}

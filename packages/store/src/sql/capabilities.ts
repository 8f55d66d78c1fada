import type { ColumnDefinitionBuilder, CreateTableBuilder, Kysely, Transaction } from 'kysely';
import type { Tables } from './tables/index.js';

/** Tables whose rows operations hold while they decide by them. */
export type HeldTable = 'jobs' | 'templates' | 'workspaces' | 'organizations' | 'queues' | 'blobs' | 'beats';

/**
 * Everything in which the databases differ that our queries and migrations must know. A query never asks which database
 * it runs on; what it cannot say in the same words on all of them becomes a member here.
 *
 * Kept alike by choice: times are integers (milliseconds), booleans are integers 0 and 1, JSON is text, ids are text.
 */
export interface Capabilities {
  /** Column types for whole numbers up to 2^53 and for bytes. */
  readonly columns: { readonly integer: 'integer' | 'bigint'; readonly bytes: 'blob' | 'bytea' };

  /** Makes an integer column a primary key that the database counts up, never giving a number twice. */
  countedId(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;

  /** Last words of a `create table`. */
  finishTable<T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>;

  /**
   * Holds one row until the transaction ends, so that what is decided by it still holds when it is written. Nothing to do
   * where one transaction writes at a time.
   *
   * A statement of its own, before the row is read: a read that waits for the row in the same statement would see the row
   * as it became, beside the joined rows as they were.
   *
   * @param ifBusy what to do when another transaction holds it: `wait`, or `skip` it, which is answered with false
   */
  holdRow(
    tx: Transaction<Tables>,
    table: HeldTable,
    id: string | number,
    ifBusy: 'wait' | 'skip',
  ): boolean | Promise<boolean>;

  /**
   * Whether a transaction that failed with this error may succeed when it is run again at once: two that ran side by side
   * got into each other's way, and this one was undone.
   */
  wasConflict(error: unknown): boolean;

  /**
   * Fulfilled when everything that was committed before is on disk. Nothing to do where a commit waits for the disk itself.
   *
   * @throws BerthError `unavailable` when the disk refuses it
   */
  makeDurable(): Promise<void> | void;

  /** The store's clock, milliseconds: asked once at the start of a transaction. */
  now(db: Kysely<Tables>): Promise<number>;

  /** Lets one starter at a time migrate. Held until the transaction ends. */
  lockMigrations(tx: Transaction<Tables>): Promise<void>;
}

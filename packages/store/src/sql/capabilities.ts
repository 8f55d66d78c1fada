import type { ColumnDefinitionBuilder, CreateTableBuilder, Kysely, SelectQueryBuilder, Transaction } from 'kysely';
import type { Tables } from './tables/index.js';

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
   * Holds the rows of table `of` that the query reads until the transaction ends, so that what was decided by them still
   * holds when it is written. Nothing to do where one transaction writes at a time.
   */
  lockRows<DB, TB extends keyof DB & string, O>(
    query: SelectQueryBuilder<DB, TB, O>,
    of: TB,
  ): SelectQueryBuilder<DB, TB, O>;

  /** The store's clock, milliseconds: asked once at the start of a transaction. */
  now(db: Kysely<Tables>): Promise<number>;

  /** Lets one starter at a time migrate. Held until the transaction ends. */
  lockMigrations(tx: Transaction<Tables>): Promise<void>;
}

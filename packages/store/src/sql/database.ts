import { BerthError } from '@berth/protocol';
import type { CompiledQuery, Kysely, SelectQueryBuilder, Transaction } from 'kysely';
import type { Capabilities } from './capabilities.js';
import type { Tables } from './tables/index.js';

/** A transaction of the store. */
export interface Tx {
  readonly db: Transaction<Tables>;
  /** The store's clock when the transaction began, milliseconds. */
  readonly now: number;
  /** {@link Capabilities.lockRows}; in a `read`, which decides nothing, the query as it is. */
  lockRows<DB, TB extends keyof DB & string, O>(
    query: SelectQueryBuilder<DB, TB, O>,
    of: TB,
  ): SelectQueryBuilder<DB, TB, O>;
  /**
   * Runs a query that is built once and then kept by its name: for those on the path of every build, whose building costs
   * more than their running.
   *
   * @param values take the places of the values that `build` puts in, in their order
   */
  prepared<O>(name: string, values: readonly unknown[], build: () => { compile(): CompiledQuery<O> }): Promise<O[]>;
}

/**
 * The way to the database: every operation of the store is one `write` or one `read`. Work handed to them awaits nothing
 * but queries of its own transaction: on SQLite all others wait for it meanwhile.
 */
export class StoreDatabase {
  readonly #kysely: Kysely<Tables>;
  readonly #capabilities: Capabilities;
  readonly #compiled = new Map<string, CompiledQuery<unknown>>();
  #closed = false;

  constructor(kysely: Kysely<Tables>, capabilities: Capabilities) {
    this.#kysely = kysely;
    this.#capabilities = capabilities;
  }

  /** Runs work that may write. Nothing of it stays when it throws; all of it is on disk when the promise is fulfilled. */
  async write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.#refuseClosed();
    return this.#kysely.transaction().execute(async db => {
      const now = await this.#capabilities.now(db);
      return work({
        db,
        now,
        lockRows: (query, of) => this.#capabilities.lockRows(query, of),
        prepared: (name, values, build) => this.#prepared(db, `${name}, to write`, values, build),
      });
    });
  }

  /** Runs work that sees one moment of the database and writes nothing. */
  async read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.#refuseClosed();
    return this.#kysely
      .transaction()
      .setAccessMode('read only')
      .execute(async db => {
        const now = await this.#capabilities.now(db);
        return work({
          db,
          now,
          lockRows: query => query,
          prepared: (name, values, build) => this.#prepared(db, name, values, build),
        });
      });
  }

  /** Waits for what is under way; everything after it throws `unavailable`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#kysely.destroy();
  }

  async #prepared<O>(
    db: Transaction<Tables>,
    name: string,
    values: readonly unknown[],
    build: () => { compile(): CompiledQuery<O> },
  ): Promise<O[]> {
    const compiled: CompiledQuery<O> = this.#compiled.get(name) ?? build().compile();
    if (compiled.parameters.length !== values.length) throw new Error(`query '${name}' takes other values`);
    this.#compiled.set(name, compiled);
    const { rows } = await db.executeQuery<O>({ ...compiled, parameters: values });
    return rows;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new BerthError('unavailable', 'the store is closed');
  }
}

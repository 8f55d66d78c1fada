import { BerthError } from '@berth/protocol';
import type { CompiledQuery, Kysely, Transaction } from 'kysely';
import type { Capabilities, HeldTable } from './capabilities.js';
import type { Tables } from './tables/index.js';

/** A transaction of the store. */
export interface Tx {
  readonly db: Transaction<Tables>;
  /** The store's clock when the transaction began, milliseconds. */
  readonly now: number;
  /**
   * Holds a row until the transaction ends; waits for others that hold it. To be called before the row is read. Rows are
   * held in the order jobs, templates, workspaces, the rest; several jobs by their ids: so no two transactions wait for
   * each other. In a `read`, which decides nothing, it does nothing.
   */
  hold(table: HeldTable, id: string | number): Promise<void>;
  /** The same, but answers false when another transaction holds the row. */
  holdIfFree(table: HeldTable, id: string | number): Promise<boolean>;
  /**
   * Runs a query that is built once and then kept by its name: for those on the path of every build, whose building costs
   * more than their running.
   *
   * @param values take the places of the values that `build` puts in, in their order
   */
  prepared<O>(name: string, values: readonly unknown[], build: () => { compile(): CompiledQuery<O> }): Promise<O[]>;
}

interface WriteOptions<T> {
  /**
   * Whether the caller is told only once everything is on disk. Not needed for what nobody relies on after a power cut: an
   * offer, a lease that was renewed. True unless given.
   */
  durable?: boolean | ((result: T) => boolean);
}

/** How often work is run that others got into the way of, before its caller is told to try again later. */
const CONFLICT_ATTEMPTS = 10;

/**
 * The way to the database: every operation of the store is one `write` or one `read`. Work handed to them awaits nothing
 * but queries of its own transaction: on SQLite all others wait for it meanwhile.
 */
export class StoreDatabase {
  readonly #kysely: Kysely<Tables>;
  readonly #capabilities: Capabilities;
  readonly #compiled = new Map<string, CompiledQuery<unknown>>();
  /** Operations that have begun and not ended. */
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  constructor(kysely: Kysely<Tables>, capabilities: Capabilities) {
    this.#kysely = kysely;
    this.#capabilities = capabilities;
  }

  /**
   * Runs work that may write. Nothing of it stays when it throws; all of it is on disk when the promise is fulfilled, and
   * so is what it has seen of others' work, also when it throws: whoever is told may forget what led to it. It may be run
   * again from its beginning when another transaction got into its way.
   */
  async write<T>(work: (tx: Tx) => Promise<T>, { durable = true }: WriteOptions<T> = {}): Promise<T> {
    return this.#track(async () => {
      let result: T;
      try {
        result = await this.#writeUntilDone(work);
      } catch (error) {
        if (durable !== false && error instanceof BerthError) await this.#capabilities.makeDurable();
        throw error;
      }
      if (typeof durable === 'function' ? durable(result) : durable) await this.#capabilities.makeDurable();
      return result;
    });
  }

  /** Runs work that sees one moment of the database and writes nothing. */
  async read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#track(() =>
      this.#kysely
        .transaction()
        .setAccessMode('read only')
        .execute(async db => {
          const now = await this.#capabilities.now(db);
          return work({
            db,
            now,
            hold: async () => undefined,
            holdIfFree: async () => true,
            prepared: (name, values, build) => this.#prepared(db, name, values, build),
          });
        }),
    );
  }

  /** Waits for what is under way; everything after it throws `unavailable`. */
  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#underWay).then(() => this.#kysely.destroy());
    return this.#closed;
  }

  async #writeUntilDone<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#writeOnce(work);
      } catch (error) {
        if (attempt >= CONFLICT_ATTEMPTS || !this.#capabilities.wasConflict(error)) throw error;
      }
    }
  }

  #writeOnce<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const capabilities = this.#capabilities;
    return this.#kysely.transaction().execute(async db => {
      const now = await capabilities.now(db);
      return work({
        db,
        now,
        hold: async (table, id) => {
          await capabilities.holdRow(db, table, id, 'wait');
        },
        holdIfFree: async (table, id) => capabilities.holdRow(db, table, id, 'skip'),
        prepared: (name, values, build) => this.#prepared(db, name, values, build),
      });
    });
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

  /** Lets an operation begin unless the store is closed, and lets closing wait for it. */
  async #track<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new BerthError('unavailable', 'the store is closed');
    const running = operation();
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }
}

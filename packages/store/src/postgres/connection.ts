import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { PoolClient } from 'pg';
import { NOW } from './clock.js';
import { describeError } from './errors.js';

/** A connection while it is in use: translates errors, and remembers whether it may go back to the pool. */
export class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  /** When the running transaction began. */
  #began: { now: number } | null = null;
  #broken = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  /** @param mode words of `begin` */
  async begin(mode: string): Promise<void> {
    await this.#run(async () => {
      // Several statements in one text are sent as one message and answered by a result each.
      const answers: unknown = await this.#client.query(`begin ${mode}; ${NOW}`);
      this.#began = Array.isArray(answers) ? answers[1].rows[0] : null;
    });
  }

  async commit(): Promise<void> {
    const { command } = await this.#run(() => this.#client.query('commit'));
    this.#began = null;
    // What Postgres answers when a statement had failed and somebody went on all the same.
    if (command !== 'COMMIT') throw new Error('the transaction was undone, since one of its statements had failed');
  }

  /** Never throws: what cannot be undone by a message is undone by the end of the connection. */
  async rollback(): Promise<void> {
    this.#began = null;
    if (this.#broken) return;
    try {
      await this.#client.query('rollback');
    } catch {
      this.#broken = true;
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // The rows' type is what Kysely derived from the query: nothing here could check it.
    if (this.#began !== null && query.sql === NOW) return { rows: [this.#began] as R[] };
    const { rows, rowCount } = await this.#run(() => this.#client.query(query.sql, [...query.parameters]));
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  }

  // biome-ignore lint/correctness/useYield: rows are read in pages, and the interface wants the method
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the store reads in pages and streams no query');
  }

  /** Gives it back to the pool, or ends it when something of it may still be under way. */
  release(): void {
    this.#client.release(this.#broken || this.#began !== null);
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      const { error, broken } = describeError(thrown);
      this.#broken ||= broken;
      throw error;
    }
  }
}

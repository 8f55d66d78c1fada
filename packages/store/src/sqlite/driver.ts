import type { Database as SqliteDatabase, Statement } from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely';
import { Checkpoints } from './checkpoints.js';
import { describeSqliteError } from './errors.js';
import { Turns } from './turns.js';
import type { WriteAheadLog } from './writeAheadLog.js';

/** How many prepared statements are kept: more than the store has, with room for lists of different lengths. */
const KEPT_STATEMENTS = 500;

/**
 * Kysely's driver for the one connection of a store. Differs from the one that Kysely has in three things: prepared
 * statements are kept (preparing costs as much as running), a transaction that may write takes SQLite's write lock at its
 * begin, so that what it read still holds when it writes, and errors are translated.
 *
 * better-sqlite3 is synchronous, so a transaction that awaits only its own queries runs from begin to commit without
 * anything else in between; {@link Turns} keeps others out should one await more.
 */
export class SqliteDriver implements Driver {
  readonly #db: SqliteDatabase;
  readonly #connection: SqliteConnection;
  readonly #turns = new Turns();
  readonly #log: WriteAheadLog;
  readonly #checkpoints: Checkpoints;

  constructor(db: SqliteDatabase, log: WriteAheadLog) {
    this.#db = db;
    this.#log = log;
    this.#checkpoints = new Checkpoints(db.name);
    this.#connection = new SqliteConnection(db);
  }

  async init(): Promise<void> {
    // The database is open already: what may go wrong with that is told by whoever opened it.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#turns.next();
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#turns.end();
  }

  async beginTransaction(_: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    this.#connection.run(settings.accessMode === 'read only' ? 'begin' : 'begin immediate');
  }

  async commitTransaction(): Promise<void> {
    this.#connection.run('commit');
    const bytes = this.#connection.takeContentBytes();
    if (bytes !== null) this.#checkpoints.committed(bytes);
  }

  async rollbackTransaction(): Promise<void> {
    // SQLite has rolled back by itself when a statement failed for want of space or memory.
    if (this.#db.inTransaction) this.#connection.run('rollback');
  }

  async destroy(): Promise<void> {
    await this.#turns.next();
    await this.#checkpoints.idle();
    await this.#log.close();
    this.#db.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #db: SqliteDatabase;
  readonly #statements = new Map<string, Statement<unknown[], unknown>>();
  /** Bytes of content that the transaction has written; null when it wrote nothing. */
  #contentBytes: number | null = null;

  constructor(db: SqliteDatabase) {
    this.#db = db;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const statement = this.#prepare(query.sql);
      // The type of the rows is what Kysely derived from the query: nothing here could check it.
      if (statement.reader) return { rows: statement.all(...query.parameters) as R[] };
      const { changes } = statement.run(...query.parameters);
      this.#contentBytes = query.parameters.reduce<number>(addBytes, this.#contentBytes ?? 0);
      return { rows: [], numAffectedRows: BigInt(changes) };
    } catch (error) {
      throw describeSqliteError(error);
    }
  }

  /** What {@link #contentBytes} is, for the transaction that ends. */
  takeContentBytes(): number | null {
    const bytes = this.#contentBytes;
    this.#contentBytes = null;
    return bytes;
  }

  /** Runs a statement that has neither parameters nor rows. */
  run(sql: string): void {
    try {
      this.#prepare(sql).run();
    } catch (error) {
      throw describeSqliteError(error);
    }
  }

  // biome-ignore lint/correctness/useYield: rows are read in pages, and the interface wants the method
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the store reads in pages and streams no query');
  }

  #prepare(sql: string): Statement<unknown[], unknown> {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    const statement = this.#db.prepare<unknown[], unknown>(sql);
    if (this.#statements.size >= KEPT_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }
}

function addBytes(sum: number, parameter: unknown): number {
  return parameter instanceof Uint8Array ? sum + parameter.byteLength : sum;
}

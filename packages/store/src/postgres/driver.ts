import type { DatabaseConnection, Driver, TransactionSettings } from 'kysely';
import type { Pool } from 'pg';
import { PostgresConnection } from './connection.js';
import { describeConnectError } from './errors.js';

/**
 * Kysely's driver over a pool. Differs from the one that Kysely has in three things: errors are translated, a connection
 * on which something went wrong is never used again, and the time is asked for together with the begin.
 */
export class PostgresDriver implements Driver {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {
    // Connections are made when they are needed.
  }

  async acquireConnection(): Promise<PostgresConnection> {
    try {
      return new PostgresConnection(await this.#pool.connect());
    } catch (error) {
      throw describeConnectError(error);
    }
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    // Several reads of one operation see one moment; what writes must see what others have committed before each statement.
    // Not `read write`: a server that is told to be read-only, or is a standby, answers the first write with an error that
    // says so, and that passes.
    const mode = settings.accessMode === 'read only' ? 'isolation level repeatable read read only' : '';
    await ours(connection).begin(mode);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await ours(connection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await ours(connection).rollback();
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ours(connection).release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

function ours(connection: DatabaseConnection): PostgresConnection {
  if (connection instanceof PostgresConnection) return connection;
  throw new TypeError('this is no connection of this driver');
}

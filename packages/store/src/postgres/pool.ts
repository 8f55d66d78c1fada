import pg from 'pg';
import { checkedTls } from './checkedTls.js';
import { valueTypes } from './numbers.js';

/** Connections of a coordinator unless told otherwise. Postgres allows 100 in all by default. */
const POOL_SIZE = 10;
/** How long an operation waits for a connection: a free one of the pool, or a new one. */
const CONNECT_MS = 10_000;
/** How long the server works at one statement, and how long one waits for a row that another transaction holds. */
const STATEMENT_MS = 30_000;
const LOCK_MS = 10_000;
/** When we give up on an answer: only once the server has had its time, so that it is the network that is silent. */
const ANSWER_MS = STATEMENT_MS + 10_000;
/** A coordinator that was stopped in the middle of a transaction holds its rows no longer than this. */
const IDLE_IN_TRANSACTION_MS = 30_000;

export interface PoolOptions {
  size?: number | undefined;
  /** Statements may take as long as they need: for migrations. */
  patient?: boolean;
}

/**
 * Makes a pool; nothing is connected yet. It recovers by itself: a connection that ended is replaced when the next one is
 * asked for.
 *
 * @param url as libpq and pg understand it: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&options=…`
 * @throws Error for a URL that pg cannot read, or one that names certificate files that are not there
 */
export function makePool(url: string, { size = POOL_SIZE, patient = false }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: checkedTls(url),
    application_name: 'berth',
    max: size,
    types: valueTypes,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    idle_in_transaction_session_timeout: patient ? 0 : IDLE_IN_TRANSACTION_MS,
    ...(patient ? {} : { statement_timeout: STATEMENT_MS, lock_timeout: LOCK_MS, query_timeout: ANSWER_MS }),
  });
  const forget = () => {
    // Whoever uses the connection is told by its next statement; of an idle one nobody needs to know.
  };
  pool.on('error', forget);
  // The pool listens to idle connections alone; one that ends between two statements would end the process.
  pool.on('connect', client => client.on('error', forget));
  return pool;
}

import { BerthError } from '@berth/protocol';
import pg from 'pg';

/** What callers are to see of an error, and whether the connection that it came from is of any more use. */
interface Described {
  error: unknown;
  broken: boolean;
}

/** Classes of SQLSTATE that mean that the server cannot work now: connection, resources, operator, system. */
const awayClasses = new Set(['08', '53', '57', '58']);

/** States of other classes with the same meaning. */
const awayStates = new Set([
  '25006', // read_only_sql_transaction: a standby, or a primary that was told to write no more
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '55P03', // lock_not_available: the lock timeout
]);

/** Undone because of another transaction: serialization_failure, deadlock_detected. */
const conflictStates = new Set(['40001', '40P01']);

/** After these the connection works as before: query_canceled, which is the statement timeout, and lock_not_available. */
const harmlessStates = new Set(['57014', '55P03', ...conflictStates]);

/** What a request can cause by a text: numbers out of range, texts that are no numbers, the character NUL. */
const unfitStates = new Set(['22003', '22021', '22P02']);

/**
 * What an error of a statement means. `unavailable` for everything that passes by itself or by the operator's work: the
 * connection is gone or refused, the server shuts down, is read-only, has no room or answered too late. pg itself throws
 * errors without a code for connections that ended and for timeouts of its own; all it knows of the rest comes from the
 * server, with a SQLSTATE.
 */
export function describeError(error: unknown): Described {
  if (error instanceof BerthError || !(error instanceof Error)) return { error, broken: false };
  if (error instanceof TypeError || error instanceof RangeError) return { error, broken: false };
  const state = stateOf(error);
  if (state === null) return { error: away(error), broken: true };
  if (unfitStates.has(state)) {
    const message = `the database cannot hold a value of the request: ${error.message}`;
    return { error: new BerthError('invalid_request', message, { cause: error }), broken: false };
  }
  const isAway = awayClasses.has(state.slice(0, 2)) || awayStates.has(state) || conflictStates.has(state);
  if (!isAway) return { error, broken: false };
  return { error: away(error), broken: !harmlessStates.has(state) };
}

/** What an error of connecting means while the store is open: whatever it is, trying again later may help. */
export function describeConnectError(error: unknown): BerthError {
  return error instanceof BerthError ? error : away(error);
}

/** Whether the transaction was undone because another one got into its way. */
export function wasConflict(error: unknown): boolean {
  const state = error instanceof BerthError ? stateOf(error.cause) : null;
  return state !== null && conflictStates.has(state);
}

/** SQLSTATE of an error of the server; null for any other error. */
export function stateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}

function away(error: unknown): BerthError {
  return new BerthError('unavailable', `the database does not answer: ${messageOf(error)}`, { cause: error });
}

/** An error of trying several addresses of a host holds its messages in its parts. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

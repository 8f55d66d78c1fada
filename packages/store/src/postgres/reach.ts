import { setTimeout as delay } from 'node:timers/promises';
import { BerthError } from '@berth/protocol';
import type pg from 'pg';
import type { DatabaseAddress } from './address.js';
import { describeConnectError, stateOf } from './errors.js';

/** Oldest server that we know to work. */
const LEAST_VERSION = 140_000;
/** Between two tries while the server is not there. */
const TRY_AGAIN_MS = 200;

/** What the operator must mend, by SQLSTATE: waiting does not help. */
const refusals: Record<string, string> = {
  '28000': 'Check the user in the database URL, and what pg_hba.conf allows it.',
  '28P01': 'Check user and password in the database URL.',
  '3D000': 'Make the database first: CREATE DATABASE.',
  '42501': 'GRANT CREATE, CONNECT on the database to this user.',
};

/**
 * Waits until the server takes connections, and checks that it is one that the store can work with.
 *
 * @param waitMs how long a server that is not there is waited for
 * @throws BerthError `unavailable` when it does not answer for that long; `database_unusable` for what waiting does not
 *   mend: credentials, database, certificate, version, encoding
 */
export async function reachServer(pool: pg.Pool, address: DatabaseAddress, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return await checkServer(pool, address);
    } catch (error) {
      const described = describeStartError(error, address);
      if (described.code !== 'unavailable' || performance.now() + TRY_AGAIN_MS > deadline) throw described;
      await delay(TRY_AGAIN_MS);
    }
  }
}

async function checkServer(pool: pg.Pool, address: DatabaseAddress): Promise<void> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ version: number; release: string; encoding: string }>(
      `select current_setting('server_version_num')::int as version, current_setting('server_version') as release,
        current_setting('server_encoding') as encoding`,
    );
    const server = rows[0];
    if (server === undefined) throw new Error('the server did not tell its version');
    if (server.version < LEAST_VERSION) {
      throw new BerthError('database_unusable', `the database server is Postgres ${server.release}`, {
        hint: `Berth needs Postgres ${LEAST_VERSION / 10_000} or newer.`,
      });
    }
    if (server.encoding !== 'UTF8') {
      throw new BerthError('database_unusable', `the database ${address.text} has encoding ${server.encoding}`, {
        hint: "Make it with encoding UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
      });
    }
  } finally {
    client.release();
  }
}

/** Also for errors of the migrations: a user who may connect may still not be allowed to make tables. */
export function describeStartError(error: unknown, address: DatabaseAddress): BerthError {
  if (error instanceof BerthError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the database ${address.text} cannot be used: ${reason}`;
  const refusal = refusals[stateOf(error) ?? ''];
  if (refusal !== undefined) return new BerthError('database_unusable', message, { hint: refusal, cause: error });
  if (isCertificateError(error)) {
    const hint = 'Name the certificate authority with sslrootcert=FILE in the database URL.';
    return new BerthError('database_unusable', message, { hint, cause: error });
  }
  const hint = address.hasPassword
    ? 'Check that the server runs, and host, port and sslmode in the database URL.'
    : 'Check that the server runs, and host, port and sslmode in the database URL, which has no password.';
  return new BerthError('unavailable', `${describeConnectError(error).message} (${address.text})`, {
    hint,
    cause: error,
  });
}

/** Codes of OpenSSL's checks and of Node's own, of which there are dozens: none is an error of the network. */
function isCertificateError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /CERT|^ERR_TLS_|^ERR_SSL_|^ERR_OSSL_|^UNABLE_TO_/.test(error.code);
}

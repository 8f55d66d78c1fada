import { BerthError } from '@berth/protocol';
import pg from 'pg';
import { checkedTls } from './checkedTls.js';

/** What may be said of a database URL: everything but user, password and options. */
export interface DatabaseAddress {
  /** `HOST:PORT/DATABASE` */
  text: string;
  hasPassword: boolean;
}

/**
 * Reads a database URL without connecting. Its text is in no message: it holds the password.
 *
 * @throws BerthError `database_unusable` for what is no URL of Postgres, or names a certificate file that cannot be read
 */
export function readDatabaseUrl(url: string): DatabaseAddress {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new BerthError('database_unusable', 'the database URL does not begin with postgres://', { hint: howToWrite });
  }
  try {
    const { host, port, database, user, password } = new pg.Client({ connectionString: checkedTls(url) });
    const hasPassword = typeof password === 'string' && password !== '';
    return { text: `${host}:${port}/${database ?? user ?? ''}`, hasPassword };
  } catch (cause) {
    // Also thrown for files that the URL names; the message of a broken URL does not repeat it.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BerthError('database_unusable', `the database URL cannot be read: ${reason}`, { hint: howToWrite });
  }
}

const howToWrite =
  'Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for @ and %2F for / in user and password.';

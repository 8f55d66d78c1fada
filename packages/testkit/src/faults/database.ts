import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Postgres } from '../postgres.js';

/** How long the server may take to take a connection or to answer; a busy disk holds up `create database`. */
const ANSWER_MS = 60_000;

/** The Postgres database of a run, and what can be done to it while a coordinator is at work on it. */
export class FaultsDatabase {
  private constructor(
    /** Where its maker connects, which none of the faults shuts out. */
    private readonly maker: string,
    readonly name: string,
    /** Where the coordinator connects. */
    readonly url: string,
    /** Limits of connections do not hold for its user. */
    readonly isSuperusers: boolean,
    /** The server, if it is the run's own to stop. */
    readonly server: Postgres | null,
  ) {}

  /** On a server of the run's own, for a user without special rights, as a coordinator has. */
  static async on(server: Postgres): Promise<FaultsDatabase> {
    const maker = server.url('postgres');
    await ask(maker, 'create role faults login');
    await ask(maker, 'create database faults owner faults');
    const url = new URL(server.url('faults'));
    url.username = 'faults';
    return new FaultsDatabase(maker, 'faults', url.href, false, server);
  }

  /**
   * Beside the one that is given, which stays as it is.
   *
   * @param given `postgres://…` of any database of the server, for a user who may make databases
   */
  static async beside(given: string): Promise<FaultsDatabase> {
    const name = `berth_faults_${randomBytes(4).toString('hex')}`;
    const url = new URL(given);
    url.pathname = `/${name}`;
    const made = ask(given, `create database ${name} encoding 'UTF8' template template0`);
    await made.catch(cause => {
      throw new Error('no database can be made beside that of --database-url', { cause });
    });
    const [user] = await ask(given, 'select usesuper as is_superuser from pg_user where usename = current_user');
    return new FaultsDatabase(given, name, url.href, user?.is_superuser === true, null);
  }

  /** Ends all connections to it. */
  async cut(): Promise<void> {
    await ask(
      this.maker,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = '${this.name}' and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
  }

  /** From now on new connections can only read, and old ones end; or new ones can write again. */
  async setReadOnly(readOnly: boolean): Promise<void> {
    if (!readOnly)
      return void (await ask(this.maker, `alter database ${this.name} reset default_transaction_read_only`));
    await ask(this.maker, `alter database ${this.name} set default_transaction_read_only = on`);
    await this.cut();
  }

  /** Lets it have so many connections, and ends those that there are; null for any number. */
  async limitConnections(count: number | null): Promise<void> {
    await ask(this.maker, `alter database ${this.name} connection limit ${count ?? -1}`);
    if (count !== null) await this.cut();
  }

  /** Removes it. */
  async drop(): Promise<void> {
    await ask(this.maker, `drop database if exists ${this.name} with (force)`);
  }
}

/** Runs one statement on a connection of its own. */
async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'berth-faults',
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
  });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

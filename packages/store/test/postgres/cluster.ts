import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, type Postgres, startPostgres } from '@berth/testkit';
import pg from 'pg';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { openStore, type Store } from '../../src/index.js';
import { newKey } from '../../src/vault/vault.js';

/** Behind the name of what does not run where there is no Postgres. */
export const skipped = findPostgres() === null ? ' (skipped: no initdb and postgres were found)' : '';

/** A Postgres server with a database of the store, for the tests of one file. */
interface TestCluster {
  readonly postgres: Postgres;
  /** The keys of the store's database. */
  readonly keys: Uint8Array[];
  /** URL of the store's database. Its `clock_timestamp()` is the tests'. */
  readonly url: string;
  /** Empties the store's database and sets its clock back to the beginning. */
  empty(): Promise<void>;
  /** Opens a store on it; closed at the test's end. */
  open(more?: { poolSize?: number; waitMs?: number }): Promise<Store>;
  /** Runs SQL in the store's database, behind the store's back. */
  query(text: string): Promise<pg.QueryResult>;
  now(): number;
  /** Moves the database's clock on. */
  advance(ms: number): void;
}

/** Some moment; tests move on from it. */
const START = Date.UTC(2026, 0, 1);

/** What every database has from the beginning. */
const KEPT = ['migrations', 'encryption_keys', 'organizations', 'beats'];

/**
 * The server is started before the tests of the file and ended after them. The store asks for the time by a function of
 * the server, in whose place there is one of ours: it stands before the server's own on the search path and reads a file.
 */
export function useCluster(options: { durable?: boolean } = {}): TestCluster {
  let started: { postgres: Postgres; admin: pg.Pool; empty: string } | null = null;
  let folder = '';
  let moment = START;
  const keys = [newKey()];
  const cluster = () => {
    if (started === null) throw new Error('the cluster has not started');
    return started;
  };
  const setClock = (to: number) => {
    moment = to;
    writeFileSync(join(folder, 'clock.new'), String(moment), { mode: 0o644 });
    renameSync(join(folder, 'clock.new'), join(folder, 'clock'));
  };
  const urlAt = (postgres: Postgres) =>
    `${postgres.url('berth')}?options=${encodeURIComponent('-c search_path=public,pg_catalog')}`;

  beforeAll(async () => {
    if (skipped !== '') return;
    folder = mkdtempSync(join(tmpdir(), 'clock-'));
    // The server runs as another user when this process is root.
    chmodSync(folder, 0o755);
    setClock(START);
    const postgres = await startPostgres(options);
    postgres.sql('create database berth');
    const admin = new pg.Pool({ connectionString: postgres.url('berth'), max: 1 });
    admin.on('error', () => {
      // A test that ends the server ends this connection, too; the next query makes another.
    });
    await admin.query(`create function public.clock_timestamp() returns timestamptz language sql volatile as
      $$ select to_timestamp(pg_read_file('${join(folder, 'clock')}')::numeric / 1000) $$`);
    const store = await openStore({ databaseUrl: urlAt(postgres), keys, poolSize: 1 });
    await store.close();
    const tables = await admin.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
    );
    const used = tables.rows.map(row => row.name).filter(name => !KEPT.includes(name));
    // As a replica the server checks no references, so the order does not matter. Faster by far than `truncate`.
    const empty = [
      'set session_replication_role = replica',
      ...used.map(name => `delete from ${name}`),
      'delete from organizations where is_default = 0',
      'update beats set at = 0',
      'set session_replication_role = origin',
    ].join('; ');
    started = { postgres, admin, empty };
  });

  afterAll(async () => {
    if (skipped !== '') return;
    await started?.admin.end();
    await started?.postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    get postgres() {
      return cluster().postgres;
    },
    get url() {
      return urlAt(cluster().postgres);
    },
    keys,
    empty: async () => {
      setClock(START);
      await cluster().admin.query(cluster().empty);
    },
    open: async (more = {}) => {
      const store = await openStore({ databaseUrl: urlAt(cluster().postgres), keys, ...more });
      onTestFinished(() => store.close());
      return store;
    },
    query: text => cluster().admin.query(text),
    now: () => moment,
    advance: ms => setClock(moment + ms),
  };
}

import { randomBytes } from 'node:crypto';
import { freePort } from '@berth/testkit';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../src/index.js';
import { expectError, makeWorld, readAll, success, uploadState } from '../conformance/world.js';
import { skipped, useCluster } from './cluster.js';

const keys = [randomBytes(32)];

test.each([
  ['https://example.com/berth', 'postgres://'],
  ['postgres://user:secret@host:99999999/db', 'URL'],
  ['postgres://host/db?sslmode=verify-full&sslrootcert=/nowhere/ca.pem', '/nowhere/ca.pem'],
])('a URL that cannot be read is refused without a word of it: %s', async (databaseUrl, says) => {
  const error = await expectError(openStore({ databaseUrl, keys }), 'database_unusable');
  expect(`${error.message} ${error.hint}`).toContain(says);
  expect(`${error.message} ${error.hint}`).not.toContain('secret');
});

test('a database URL needs a key beside it, and a number of connections that is one', async () => {
  const error = await expectError(openStore({ databaseUrl: 'postgres://h/d' }), 'encryption_key_unusable');
  expect(error.hint).toContain('openssl rand');
});

test('a server that is not there is waited for, then it is unavailable', async () => {
  const databaseUrl = `postgres://nobody@127.0.0.1:${await freePort()}/db`;
  const error = await expectError(openStore({ databaseUrl, keys, waitMs: 1 }), 'unavailable');
  expect(error.message).toContain('ECONNREFUSED');
  expect(error.hint).toContain('no password');
});

describe.skipIf(skipped !== '')(`a Postgres server${skipped}`, () => {
  const cluster = useCluster();

  test('that does not know the user or the database says so', async () => {
    const { url } = cluster.postgres;
    const stranger = url('berth').replace('berth@', 'stranger:hunter2@');
    const refused = await expectError(openStore({ databaseUrl: stranger, keys }), 'database_unusable');
    expect(refused.message).toContain('stranger');
    expect(refused.message).not.toContain('hunter2');
    const missing = await expectError(openStore({ databaseUrl: url('nowhere'), keys }), 'database_unusable');
    expect(missing.hint).toContain('CREATE DATABASE');
  });

  test('that lets the user make no tables says so', async () => {
    await cluster.query('create role guest login');
    cluster.postgres.sql('create database others');
    const databaseUrl = cluster.postgres.url('others').replace('berth@', 'guest@');
    const error = await expectError(openStore({ databaseUrl, keys }), 'database_unusable');
    expect(error.hint).toContain('GRANT');
  });

  test('with a database of another encoding is refused', async () => {
    cluster.postgres.sql("create database latin encoding 'LATIN1' locale 'C' template template0");
    const error = await expectError(
      openStore({ databaseUrl: cluster.postgres.url('latin'), keys }),
      'database_unusable',
    );
    expect(error.message).toContain('LATIN1');
  });

  test('migrates once, though several coordinators start at the same time', async () => {
    cluster.postgres.sql('create database fresh');
    const databaseUrl = cluster.postgres.url('fresh');
    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore({ databaseUrl, keys, poolSize: 2 })));
    for (const store of stores) onTestFinished(() => store.close());
    const organizations = await Promise.all(stores.map(store => store.organizations.getDefault()));
    expect(new Set(organizations.map(({ id }) => id)).size).toBe(1);
    const other = await expectError(openStore({ databaseUrl, keys: [randomBytes(32)] }), 'encryption_key_unusable');
    expect(other.message).toContain('key that was not given');
    // What one coordinator has written, another reads.
    const [first, second] = stores;
    const user = await first?.users.createFirst({ username: 'a', email: 'a@a.a', passwordHash: 'h' });
    expect(await second?.users.byId(user?.id ?? '')).toEqual(user);
  });

  test('of a newer schema is refused', async () => {
    await cluster.query("insert into migrations (number, name, applied_at) values (1000, 'of the future', 0)");
    onTestFinished(async () => {
      await cluster.query('delete from migrations where number = 1000');
    });
    await expectError(cluster.open(), 'schema_too_new');
  });

  test('gives each coordinator as many connections as it was told', async () => {
    const store = await cluster.open({ poolSize: 3 });
    await Promise.all(Array.from({ length: 20 }, () => store.organizations.getDefault()));
    const connections = async () => {
      const { rows } = await cluster.query(
        "select count(*)::int as n from pg_stat_activity where application_name = 'berth'",
      );
      return rows[0].n;
    };
    // That of the migration, and those of the tests before, may still be about to end.
    await vi.waitUntil(async () => (await connections()) === 3, { timeout: 100_000 });
    await expectError(cluster.open({ poolSize: 0 }), 'invalid_request');
  });

  test('has a tool of its own for backups', async () => {
    const store = await cluster.open();
    const error = await expectError(store.maintenance.backup('/nowhere'), 'invalid_request');
    expect(error.hint).toContain('pg_dump');
  });

  test('has its keys exchanged: afterwards the new one is enough, and the old one is not', async () => {
    cluster.postgres.sql('create database rotated');
    const databaseUrl = cluster.postgres.url('rotated');
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const openWith = async (...given: Buffer[]) => {
      const store = await openStore({ databaseUrl, keys: given, poolSize: 2 });
      onTestFinished(() => store.close());
      return store;
    };
    const world = await makeWorld(async () => ({
      store: await openWith(old),
      advance: () => undefined,
      now: Date.now,
    }));
    await world.workspace(await world.imported({ pinned: { token: 'secret' } }));
    const state = await uploadState(world.store, '{"serial":1}');
    await world.store.jobs.settle(await world.running(await world.daemon()), { ...success, state });
    const between = await openWith(fresh, old);
    expect(await between.maintenance.rotateKeys()).toBeGreaterThan(3);
    const after = await openWith(fresh);
    expect((await after.maintenance.verify()).problems).toEqual([]);
    expect((await readAll(after.blobs.read({ kind: 'state', digest: state.digest }))).toString()).toBe('{"serial":1}');
    await expectError(openStore({ databaseUrl, keys: [old] }), 'encryption_key_unusable');
  });

  test('has its clock asked by the transaction', async () => {
    const client = new pg.Client({ connectionString: cluster.url });
    await client.connect();
    const { rows } = await client.query('select floor(extract(epoch from clock_timestamp()) * 1000)::text as now');
    await client.end();
    expect(rows).toEqual([{ now: String(cluster.now()) }]);
  });
});

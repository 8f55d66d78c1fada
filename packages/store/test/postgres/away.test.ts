import pg from 'pg';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Store } from '../../src/index.js';
import { expectError, makeWorld, success } from '../conformance/world.js';
import { skipped, useCluster } from './cluster.js';

const user = (name: string) => ({ username: name, email: `${name}@a.a`, passwordHash: 'h', role: 'member' as const });

describe.skipIf(skipped !== '')(`a database that is away${skipped}`, { timeout: 120_000 }, () => {
  const cluster = useCluster();
  let store: Store;

  beforeEach(async () => {
    await cluster.empty();
    store = await cluster.open({ poolSize: 4 });
  });

  const anyOperation = () => store.users.list({ limit: 1 });

  test.each(['fast', 'immediate'] as const)('ended (%s) is unavailable, and works when it is back', async mode => {
    const made = await store.users.create(user('a'));
    await cluster.postgres.halt(mode);
    for (let i = 0; i < 6; i++) await expectError(anyOperation(), 'unavailable');
    await expectError(store.users.create(user('b')), 'unavailable');
    await expectError(store.check(), 'unavailable');
    await cluster.postgres.resume();
    await store.check();
    expect((await anyOperation()).items).toEqual([made]);
    await store.users.create(user('b'));
  });

  test('what was under way when the server ended is unavailable, and is there wholly or not at all', async () => {
    const { workspace, imported } = await makeWorld(async () => ({
      store,
      now: cluster.now,
      advance: cluster.advance,
    }));
    const version = await imported();
    const writes = Array.from({ length: 40 }, (_, i) => workspace(version, { name: `w${i}` }));
    const results = Promise.allSettled(writes);
    await writes[5];
    await cluster.postgres.halt('immediate');
    const done = (await results).flatMap(result => (result.status === 'fulfilled' ? [result.value.name] : []));
    for (const result of await results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'unavailable' });
    }
    await cluster.postgres.resume();
    const { items } = await store.workspaces.list({ visible: { organizations: 'all', ownerId: '' } }, { limit: 100 });
    const names = items.map(({ name }) => name);
    // One that failed may be there all the same: its answer was lost.
    for (const name of done) expect(names).toContain(name);
    for (const item of items) expect(await store.jobs.byId(item.latestBuild.job.id)).not.toBeNull();
  });

  /** SQL that cuts the connections of the store. */
  const cutOthers = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'berth'";

  /** Until the pool has heard of it, operations fail; then they have another connection. */
  async function replaced(): Promise<void> {
    for (;;) {
      try {
        await anyOperation();
        return;
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
      }
    }
  }

  test('connections that are cut are replaced', async () => {
    await Promise.all(Array.from({ length: 8 }, anyOperation));
    await cluster.query(cutOthers);
    await replaced();
    await Promise.all(Array.from({ length: 8 }, anyOperation));
  });

  test('read-only is unavailable for what writes, and passes', async () => {
    await cluster.query(`alter database berth set default_transaction_read_only = on; ${cutOthers}`);
    await replaced();
    const refused = await expectError(store.users.create(user('a')), 'unavailable');
    expect(refused.message).toContain('read-only');
    const admin = new pg.Client({ connectionString: cluster.postgres.url('postgres') });
    await admin.connect();
    await admin.query(`alter database berth reset default_transaction_read_only; ${cutOthers}`);
    await admin.end();
    await replaced();
    await store.users.create(user('a'));
  });

  test('without free connections is unavailable until there are some', async () => {
    await cluster.query('alter system set max_connections = 10');
    await cluster.postgres.halt('fast');
    await cluster.postgres.resume();
    onTestFinished(async () => {
      await cluster.query('alter system reset max_connections');
      await cluster.postgres.halt('fast');
      await cluster.postgres.resume();
    });
    const others: pg.Client[] = [];
    for (;;) {
      const other = new pg.Client({ connectionString: cluster.postgres.url('berth') });
      other.on('error', () => undefined);
      try {
        await other.connect();
        others.push(other);
      } catch {
        break;
      }
    }
    await expectError(anyOperation(), 'unavailable');
    await Promise.all(others.map(other => other.end()));
    await store.check();
    await store.users.create(user('a'));
  });

  test.each([
    ['53100', 'its disk is full'],
    ['53200', 'it has no memory left'],
    ['57014', 'a statement took too long'],
    ['58030', 'its disk cannot be read'],
    ['25P03', 'a transaction waited too long'],
  ])('that answers %s (%s) is unavailable, and the write is undone', async (state, _) => {
    await cluster.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'no' using errcode = '${state}'; end $$;
      create trigger refuse after insert on users execute function refuse()`);
    onTestFinished(async () => {
      await cluster.query('drop trigger if exists refuse on users; drop function if exists refuse');
    });
    await expectError(store.users.create(user('a')), 'unavailable');
    await cluster.query('drop trigger refuse on users; drop function refuse');
    expect((await anyOperation()).items).toEqual([]);
    await store.users.create(user('a'));
  });

  test('a deadlock is run again', async () => {
    const world = await makeWorld(async () => ({ store, now: cluster.now, advance: cluster.advance }));
    const version = await world.imported();
    const daemon = await world.daemon();
    const made = await Promise.all([1, 2].map(() => world.workspace(version)));
    const [one, two] = made.map(({ latestBuild }) => latestBuild.job.id).sort();
    const client = new pg.Client({ connectionString: cluster.url });
    await client.connect();
    onTestFinished(() => client.end());
    const refs = [await world.running(daemon), await world.running(daemon)];
    // Holds the second and wants the first, where a heartbeat goes from the first to the second.
    await client.query("begin; set local deadlock_timeout = '10s'");
    await client.query('select 1 from jobs where id = $1 for update', [two]);
    const verdicts = store.jobs.heartbeat(daemon.id, refs, 45_000);
    await waitForLock();
    await client.query('select 1 from jobs where id = $1 for update', [one]);
    await client.query('commit');
    expect((await verdicts).map(({ verdict }) => verdict)).toEqual(['yours', 'yours']);
    for (const ref of refs) await store.jobs.settle(ref, success);
  });

  /** Resolves when some statement of the store waits for a row. */
  async function waitForLock(): Promise<void> {
    for (;;) {
      const { rows } = await cluster.query(
        "select 1 from pg_stat_activity where application_name = 'berth' and wait_event_type = 'Lock'",
      );
      if (rows.length > 0) return;
    }
  }
});

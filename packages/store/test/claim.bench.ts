import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, startPostgres } from '@berth/testkit';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, bench, describe } from 'vitest';
import { openStore, type Store } from '../src/index.js';
import { capabilities, makeWorld, success } from './conformance/world.js';

// `npx vitest bench packages/store`: what the path of a build costs, at a short and at a long queue, on both databases. The
// server syncs its commits as a real one does.

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const server = findPostgres() === null ? null : await startPostgres({ durable: true });
const opened: Store[] = [];
afterAll(async () => {
  await Promise.all(opened.map(store => store.close()));
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A database, and a way to run SQL behind the store's back. */
interface Bench {
  store: Store;
  run(text: string): Promise<unknown>;
}

async function onSqlite(name: string): Promise<Bench> {
  const dataDir = join(folder, name);
  const run = async (text: string) => {
    const db = new Database(join(dataDir, 'berth.sqlite'));
    db.exec(text);
    db.close();
  };
  return { store: await openStore({ dataDir }), run };
}

async function onPostgres(name: string): Promise<Bench> {
  if (server === null) throw new Error('there is no Postgres');
  const database = `bench_${name}`;
  server.sql(`create database ${database}`);
  const run = async (text: string) => {
    const client = new pg.Client({ connectionString: server.url(database) });
    await client.connect();
    await client.query(text);
    await client.end();
  };
  return { store: await openStore({ databaseUrl: server.url(database), keys: [randomBytes(32)] }), run };
}

/** A store in which so many builds wait, of 100 users. */
async function storeWith(open: typeof onSqlite, pending: number) {
  const { store, run } = await open(`with_${pending}`);
  opened.push(store);
  const world = await makeWorld(async () => ({ store, advance: () => undefined, now: Date.now }));
  const version = await world.imported();
  const daemon = await world.daemon();
  const { latestBuild } = await world.workspace(version);
  const columns = `type, organization_id, version_id, lane_id, priority, initiator_id, owner_id, created_at, attempt, lost_attempts, notes`;
  await run(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${pending - 1})
     insert into jobs (id, start_tag, ${columns})
     select 'copy-' || (1000000 + i), i / 100, ${columns} from jobs, n where id = '${latestBuild.job.id}' and ${pending} > 1`,
  );
  await run('analyze');
  return { ...world, daemon, version };
}

const databases = [{ name: 'SQLite', open: onSqlite }, ...(server ? [{ name: 'Postgres', open: onPostgres }] : [])];

describe.each(databases)('on $name', ({ open }) => {
  describe.each([10, 100_000])('with %i pending jobs', async pending => {
    const { store, daemon } = await storeWith(open, pending);
    bench('claim and withdraw', async () => {
      const claimed = await store.jobs.claim(capabilities(daemon), 5_000);
      if (claimed === null) throw new Error('nothing to claim');
      await store.jobs.withdrawOffer({ job: claimed.job.id, attempt: claimed.job.attempt });
    });
  });

  describe('one build', async () => {
    const { store, daemon, version, workspace, claim } = await storeWith(open, 1);
    await store.jobs.requestCancel((await claim(daemon)).job);
    bench('create a workspace, claim, accept with gate, settle', async () => {
      await workspace(version);
      const { job, attempt } = await claim(daemon);
      const terms = { leaseMs: 45_000, tokenHash: job, openGate: true };
      await store.jobs.accept({ job, attempt, daemonId: daemon.id }, terms);
      await store.jobs.settle({ job, attempt }, success);
    });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, bench, describe } from 'vitest';
import { openStore } from '../src/index.js';
import { capabilities, makeWorld, success } from './conformance/world.js';

// `npx vitest bench packages/store`: what the path of a build costs, at a short and at a long queue.

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A store in which so many builds wait, of 100 users. */
async function storeWith(pending: number) {
  const dataDir = join(folder, String(pending));
  const open = async () => ({ store: await openStore({ dataDir }), advance: () => undefined, now: Date.now });
  const world = await makeWorld(open);
  const version = await world.imported();
  const daemon = await world.daemon();
  const { latestBuild } = await world.workspace(version);
  const db = new Database(join(dataDir, 'berth.sqlite'));
  const columns = `type, organization_id, version_id, lane_id, priority, initiator_id, owner_id, created_at, attempt, lost_attempts, notes`;
  db.prepare(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
     insert into jobs (id, start_tag, ${columns})
     select printf('copy-%06d', i), i / 100, ${columns} from jobs, n where id = ?`,
  ).run(pending - 1, latestBuild.job.id);
  db.exec('analyze');
  db.close();
  return { ...world, daemon, version };
}

describe.each([10, 100_000])('with %i pending jobs', async pending => {
  const { store, daemon } = await storeWith(pending);
  bench('claim and withdraw', async () => {
    const claimed = await store.jobs.claim(capabilities(daemon), 5_000);
    if (claimed === null) throw new Error('nothing to claim');
    await store.jobs.withdrawOffer({ job: claimed.job.id, attempt: claimed.job.attempt });
  });
});

describe('one build', async () => {
  const { store, daemon, version, workspace, claim } = await storeWith(1);
  await store.jobs.requestCancel((await claim(daemon)).job);
  bench('create a workspace, claim, accept with gate, settle', async () => {
    await workspace(version);
    const { job, attempt } = await claim(daemon);
    const terms = { leaseMs: 45_000, tokenHash: job, openGate: true };
    await store.jobs.accept({ job, attempt, daemonId: daemon.id }, terms);
    await store.jobs.settle({ job, attempt }, success);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, ownTags, routes } from '@berth/protocol';
import { openStore } from '@berth/store';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { type TestCoordinator, testCoordinator } from './support/coordinator.js';
import type { DaemonOptions } from './support/daemon.js';
import { build, create, push, runBuild, runImport } from './support/work.js';

interface Row {
  name: string;
  daemon: { organization: string; provider: string; engine: Engine; tags: Record<string, string> };
  job: {
    provider: string;
    engine: Engine['name'] | null;
    minimumEngineVersion: string | null;
    tags: Record<string, string>;
  };
  runs: boolean;
}

const all: Row[] = JSON.parse(readFileSync(join(import.meta.dirname, '../../../fixtures/tags.json'), 'utf8'));
/** Daemons of other workspace providers cannot connect yet; the rows about them are run against the store. */
const rows = all.filter(({ daemon, job }) => daemon.provider === 'built-in' && job.provider === 'built-in');

test('every row of the matching table, by a real connection: whether the daemon is offered the job', async () => {
  expect(rows.length).toBe(all.length - 4);
  const { setup, tokens } = await coordinatorWithUsers();
  const as = (tags: Record<string, string>): Pick<DaemonOptions, 'token' | 'tags'> => {
    const own = ownTags(tags);
    return tags.scope === 'user'
      ? { token: tokens[tags.owner ?? ''] ?? '', tags: { ...own, scope: 'user' } }
      : { tags: own };
  };
  const wrong: string[] = [];
  for (const [i, row] of rows.entries()) {
    const pushing = setup.as(as(row.job.tags).token ?? setup.ownerToken);
    const pushed = { template: `t${i}`, tags: as(row.job.tags).tags ?? {}, engine: row.job.engine };
    let job: string;
    const connect = () =>
      setup.daemon({
        ...as(row.daemon.tags),
        name: `d${i}`,
        engine: row.daemon.engine,
        organization: row.daemon.organization === 'organization-2' ? 'second' : null,
      });
    let daemon: Awaited<ReturnType<typeof connect>>;
    if (row.job.minimumEngineVersion === null) {
      daemon = await connect();
      job = (await push(setup, pushing, pushed)).version.job.id;
    } else {
      // A build of a workspace whose state an engine of that version has written.
      const engine = { name: row.job.engine ?? 'terraform', version: row.job.minimumEngineVersion };
      const before = await setup.daemon({ ...as(row.job.tags), name: `before${i}`, engine });
      const { version } = await push(setup, pushing, pushed);
      await runImport(before, [], { engine });
      const made = await create(setup, pushing, version, `w${i}`);
      await runBuild(before);
      await before.close();
      daemon = await connect();
      job = (await build(pushing, made, 'stop')).job.id;
    }
    // Offers are made when a job comes: by the time of this answer there would be one.
    await daemon.heartbeat();
    const offers = daemon.received.flatMap(message => (message.type === 'offer' ? [message.job] : []));
    if (offers.includes(job) !== row.runs) wrong.push(`${row.name}: ${row.runs ? 'was not' : 'was'} offered`);
    await setup.owner.call(routes.cancelJob, { params: { job } });
    await daemon.close();
  }
  expect(wrong).toEqual([]);
});

/** Two organizations, and the users whom the table calls aaa and bbb. */
async function coordinatorWithUsers(): Promise<{ setup: TestCoordinator; tokens: Record<string, string> }> {
  const dataDir = tempDir();
  const store = await openStore({ dataDir });
  await store.organizations.create({ name: 'second' });
  await store.close();
  const setup = await testCoordinator({ dataDir });
  const [aaa, bbb] = [await setup.user('aaa', 'template-admin'), await setup.user('bbb', 'template-admin')];
  return { setup, tokens: { aaa: aaa.token, bbb: bbb.token } };
}

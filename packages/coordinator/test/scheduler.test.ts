import { randomUUID } from 'node:crypto';
import { type ToDaemon, tagSet } from '@berth/protocol';
import { openStore, type Store } from '@berth/store';
import { tempDir } from '@berth/testkit';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { LiveDaemon } from '../src/daemons/liveDaemon.js';
import { LiveDaemons } from '../src/daemons/liveDaemons.js';
import { Changes } from '../src/events/changes.js';
import { Scheduler } from '../src/scheduler/scheduler.js';
import { sha256 } from './support/work.js';

test('a job that comes while a claim is on its way back empty is claimed all the same', async () => {
  const { pushJob, scheduler, daemon, sent, holdClaims } = await setup();
  const release = holdClaims();
  const filling = scheduler.fill(daemon);
  const job = await pushJob();
  // The slot counts as taken by the claim, so nobody is found for the job now.
  await scheduler.jobReady(job, null);
  expect(sent).toEqual([]);
  release();
  await filling;
  expect(sent).toMatchObject([{ type: 'offer', job: job.id }]);
});

test('a claim that comes back after its daemon has gone is put back', async () => {
  const { store, pushJob, scheduler, live, daemon, sent, holdClaims } = await setup();
  const job = await pushJob();
  const release = holdClaims();
  const filling = scheduler.fill(daemon);
  live.remove(daemon);
  release();
  await filling;
  while ((await store.jobs.byId(job.id))?.offeredAt !== null);
  expect(sent).toEqual([]);
  expect(daemon.slots.free).toBe(1);
});

test('the poll finds a job that no notice told of', async () => {
  const { pushJob, scheduler, told } = await setup({ claimPollMs: 1 });
  const job = await pushJob();
  scheduler.start();
  onTestFinished(() => scheduler.stop());
  expect(await told).toMatchObject({ type: 'offer', job: job.id });
});

/** A real store with one daemon of one slot that matches every job; claims can be held on their way back. */
async function setup(timings: { claimPollMs?: number } = {}) {
  const store = await openStore({ dataDir: tempDir() });
  onTestFinished(() => store.close());
  const user = await store.users.createFirst({ username: 'a', email: 'a@example.com', passwordHash: '-' });
  const organization = await store.organizations.getDefault();
  const live = new LiveDaemons();
  const sent: ToDaemon[] = [];
  let held: Promise<void> | null = null;
  let tell: (message: ToDaemon) => void;
  const told = new Promise<ToDaemon>(resolve => {
    tell = resolve;
  });
  const jobs: Store['jobs'] = {
    ...store.jobs,
    async claim(...claim) {
      const found = await store.jobs.claim(...claim);
      await held;
      return found;
    },
  };
  const scheduler = new Scheduler({
    store: { jobs },
    live,
    changes: new Changes(),
    log: pino({ level: 'silent' }),
    timings: { offerMs: 60_000, claimPollMs: 60_000, ...timings },
  });
  const link = {
    send(message: ToDaemon) {
      sent.push(message);
      tell(message);
    },
    end: async () => undefined,
    answers: async () => true,
  };
  const name = 'daemon';
  const identity = { organization: organization.id, provider: 'built-in', name, instance: randomUUID() };
  const daemon = await live.take(identity, 10, async () => {
    const record = await store.daemons.connected({
      ...{
        organizationId: organization.id,
        provider: 'built-in',
        builtIn: false,
        tags: tagSet({}, ''),
        draining: false,
      },
      ...{ name, slots: 1, version: '0.1.0', protocol: 1, engine: { name: 'terraform', version: '1.11.4' } },
      ...{ platform: 'x', hostname: 'x', sandbox: 'none', instance: randomUUID() },
    });
    return new LiveDaemon(record, link, null);
  });
  const archive = sha256('a');
  const content = async function* () {
    yield new TextEncoder().encode('a');
  };
  await store.blobs.write({ kind: 'archive', digest: archive }, { sizeBytes: 1, offset: 0, content: content() });
  return {
    ...{ store, scheduler, live, daemon, sent, told },
    async pushJob() {
      const { version } = await store.templates.push({
        ...{ organizationId: organization.id, template: 't', name: null, message: '', createdBy: user.id, archive },
        ...{ tags: tagSet({}, ''), pinned: {}, samples: {}, activate: true, engine: null },
      });
      return version.job;
    },
    holdClaims() {
      let release: () => void = () => undefined;
      held = new Promise(resolve => {
        release = resolve;
      });
      return () => release();
    },
  };
}

import type { ToDaemon } from '@berth/protocol';
import type { Store } from '@berth/store';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { LiveDaemon } from '../src/daemons/liveDaemon.js';
import { LiveDaemons } from '../src/daemons/liveDaemons.js';
import { Changes } from '../src/events/changes.js';
import { Scheduler } from '../src/scheduler/scheduler.js';
import { storeWithDaemon } from './support/store.js';

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
  while ((await store.jobs.byId(job.id))?.offeredAt !== null) await new Promise(resolve => setImmediate(resolve));
  expect(sent).toEqual([]);
  expect(daemon.slots.free).toBe(1);
});

test('the poll finds a job that no notice told of', async () => {
  const { pushJob, scheduler, told } = await setup({ claimPollMs: 1 });
  const job = await pushJob();
  scheduler.start();
  expect(await told).toMatchObject({ type: 'offer', job: job.id });
});

/** One live daemon on a real store, whose claims can be held on their way back. */
async function setup(timings: { claimPollMs?: number } = {}) {
  const { store, organization, record, pushJob } = await storeWithDaemon();
  const sent: ToDaemon[] = [];
  let tell: (message: ToDaemon) => void;
  const told = new Promise<ToDaemon>(resolve => {
    tell = resolve;
  });
  const link = {
    send(message: ToDaemon) {
      sent.push(message);
      tell(message);
    },
    end: async () => undefined,
    answers: async () => true,
  };
  const live = new LiveDaemons();
  const { name, provider, instance } = record;
  const identity = { organization: organization.id, provider, name, instance };
  const daemon = await live.take(identity, 10, async () => new LiveDaemon(record, link, null));
  let held: Promise<void> | null = null;
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
  onTestFinished(() => {
    scheduler.stop();
    for (const ref of daemon.slots.offers()) daemon.slots.endOffer(ref);
  });
  return {
    ...{ store, scheduler, live, daemon, sent, told, pushJob },
    holdClaims() {
      let release: () => void = () => undefined;
      held = new Promise(resolve => {
        release = resolve;
      });
      return () => release();
    },
  };
}

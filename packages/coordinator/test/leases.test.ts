import { routes } from '@berth/protocol';
import { testGuard } from '@berth/testkit';
import { expect, test } from 'vitest';
import { Aliveness } from '../src/scheduler/aliveness.js';
import { refusal, restarted, type TestCoordinator, testCoordinator } from './support/coordinator.js';
import { build, create, runBuild, template } from './support/work.js';

/** Leases that run out soon, looked at often. */
const short = { leaseMs: 150, reapMs: 10, heartbeatMs: 50 };

test('a silent daemon loses a job before the gate; three such attempts fail it, naming the daemons', async () => {
  const { setup, version } = await withShortLeases();
  const silent = await setup.daemon({ name: 'silent' });
  const { latestBuild } = await create(setup, setup.owner, version);
  const first = await silent.take();
  const other = await setup.daemon({ name: 'other' });
  expect(await silent.next('fenced')).toMatchObject(first.ref);
  const second = await other.take();
  expect(second.ref.attempt).toBe(2);
  const log = { body: { entries: [{ n: 1, at: 1, phase: 'init' as const, kind: 'phase' as const }] } };
  expect((await refusal(first.http.call(routes.appendAttemptLog, log))).code).toBe('fenced');
  // The one that was fenced has a free slot once its heartbeat no longer names the attempt.
  await other.next('fenced');
  await Promise.all([silent.heartbeat(), other.heartbeat()]);
  const third = await Promise.race([silent.take(), other.take()]);
  expect(third.ref.attempt).toBe(3);
  const job = await until(setup, latestBuild.job.id, ({ status }) => status === 'failed');
  expect(job.error).toMatchObject({ code: 'attempts_exhausted', message: expect.stringContaining('silent') });
});

test('a daemon that sends heartbeats keeps its job, while a silent one loses its own', async () => {
  const { setup, version } = await withShortLeases(1_000);
  const [silent, beating] = [await setup.daemon({ name: 'silent' }), await setup.daemon({ name: 'beating' })];
  await Promise.all(['a', 'b'].map(name => create(setup, setup.owner, version, name)));
  await silent.take();
  const { ref } = await beating.take();
  while (silent.count('fenced') === 0) {
    expect(await beating.heartbeat([ref])).toMatchObject({ attempts: [{ ...ref, verdict: 'yours' }] });
  }
  expect(beating.count('fenced')).toBe(0);
});

test('after the gate a silent daemon keeps its job, the workspace is held, and goes on when it is back', async () => {
  const { setup, version } = await withShortLeases();
  const instance = '11111111-2222-4333-8444-555555555555';
  const daemon = await setup.daemon({ instance });
  const made = await create(setup, setup.owner, version);
  const { ref } = await daemon.take(true);
  await until(setup, ref.job, ({ unreachableSince }) => unreachableSince !== null);
  const params = { workspace: made.id };
  const status = async ({ owner }: TestCoordinator) => (await owner.call(routes.getWorkspace, { params })).status;
  expect(await status(setup)).toBe('unreachable');
  expect((await refusal(build(setup.owner, made, 'stop'))).code).toBe('workspace_held');
  // With leases of the usual length, so that it is not lost again while the test looks.
  await setup.coordinator.stop();
  const next = await restarted(setup);
  expect(await status(next)).toBe('unreachable');
  const back = await next.daemon({ instance, attempts: [ref] });
  expect(back.welcome.attempts).toEqual([{ ...ref, verdict: 'yours', cancel: null }]);
  expect(await status(next)).toBe('starting');
  await back.heartbeat([ref]);
  expect(back.count('offer')).toBe(0);
  await back.settle(ref);
  expect(await status(next)).toBe('running');
});

test('a terminal message that is sent again, over a new connection, is answered as the first time', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  const { ref } = await runBuild(daemon);
  await daemon.settle(ref);
  const again = await setup.daemon({
    instance: '11111111-2222-4333-8444-555555555555',
    attempts: [ref],
    name: 'daemon2',
  });
  // Another daemon has no say in it.
  expect(again.welcome.attempts).toMatchObject([{ verdict: 'fenced' }]);
  again.send({ type: 'terminal', ...ref, outcome: { error: null, state: null, result: false } });
  expect(await again.next('fenced')).toMatchObject(ref);
});

test('what was offered and accepted survives a coordinator that restarts; what was only offered goes back', async () => {
  const setup = await testCoordinator();
  const instance = '11111111-2222-4333-8444-555555555555';
  const daemon = await setup.daemon({ slots: 2, instance });
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version, 'accepted');
  const accepted = await daemon.take(true);
  const { latestBuild } = await create(setup, setup.owner, version, 'offered');
  const offer = await daemon.next('offer');
  await setup.coordinator.stop();
  expect((await daemon.closed).code).toBe(1012);

  const { daemon: next, ...rest } = await restarted(setup);
  const back = await next({ slots: 2, instance, attempts: [accepted.ref] });
  expect(back.id).toBe(daemon.id);
  expect(back.welcome.attempts).toMatchObject([{ ...accepted.ref, verdict: 'yours' }]);
  expect(await back.next('offer')).toMatchObject({ job: latestBuild.job.id, attempt: offer.attempt + 1 });
  await back.settle(accepted.ref);
  expect((await rest.owner.call(routes.getJob, { params: { job: accepted.ref.job } })).status).toBe('succeeded');
});

testGuard('coordinator.aliveness', 'leases run out only in time in which the coordinator was listening', () => {
  let now = 1_000_000;
  const aliveness = new Aliveness(45_000, 10_000, () => now);
  const after = (ms: number) => {
    now += ms;
    return aliveness.leasesMayRunOut();
  };
  const seconds = (count: number) => Array.from({ length: count }, () => after(1_000));
  expect(seconds(44)).not.toContain(true);
  expect(after(1_000)).toBe(true);
  // Stopped for a minute: every daemon gets a whole lease again.
  expect(after(60_000)).toBe(false);
  expect(seconds(44)).not.toContain(true);
  expect(after(1_000)).toBe(true);
  // A short stall is none.
  expect(after(9_000)).toBe(true);
  // A clock that was set back: leases would be too long, never too short, and it is looked at afresh.
  expect(after(-3_600_000)).toBe(false);
});

test('a daemon that comes back after an outage longer than its lease still has its job', async () => {
  const setup = await testCoordinator({ timings: { ...short, leaseMs: 30_000 } });
  const instance = '11111111-2222-4333-8444-555555555555';
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  const { ref } = await daemon.take();
  await setup.coordinator.stop();
  let now = Date.now() + 60_000;
  const { daemon: next } = await restarted(setup, {
    timings: { ...short, leaseMs: 60_000 },
    clock: { now: () => now++ },
  });
  const other = await next({ name: 'other' });
  await other.heartbeat();
  expect(other.count('offer')).toBe(0);
  const back = await next({ instance, attempts: [ref] });
  expect(back.welcome.attempts).toMatchObject([{ ...ref, verdict: 'yours' }]);
});

/** A coordinator that has a template, imported while leases were long enough for a machine with other work. */
async function withShortLeases(leaseMs = short.leaseMs) {
  const calm = await testCoordinator();
  const daemon = await calm.daemon({ name: 'importer' });
  const version = await template(calm, daemon);
  await calm.coordinator.stop();
  return { setup: await restarted(calm, { timings: { ...short, leaseMs } }), version };
}

async function until(setup: TestCoordinator, id: string, is: (job: Awaited<ReturnType<typeof getJob>>) => boolean) {
  for (;;) {
    const job = await getJob(setup, id);
    if (is(job)) return job;
  }
}

function getJob(setup: TestCoordinator, id: string) {
  return setup.owner.call(routes.getJob, { params: { job: id } });
}

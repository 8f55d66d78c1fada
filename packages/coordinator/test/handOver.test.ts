import { routes } from '@berth/protocol';
import { expect, test } from 'vitest';
import { refusal, restarted, testCoordinator } from './support/coordinator.js';
import type { Attempt } from './support/daemon.js';
import { build, create, sha256, template } from './support/work.js';

const instance = '11111111-2222-4333-8444-555555555555';

function stateOf(serial: number): { content: string; digest: string } {
  const content = JSON.stringify({ version: 4, terraform_version: '1.11.4', serial, lineage: 'l', resources: [] });
  return { content, digest: sha256(content) };
}

/** Uploads a state by the token of an attempt. */
async function upload(url: string, { spec }: Attempt, serial: number, kind: string): Promise<Response> {
  const { content, digest } = stateOf(serial);
  const query = new URLSearchParams({ size: `${content.length}`, serial: `${serial}`, lineage: 'l', kind });
  return fetch(`${url}/api/v1/attempt/states/${digest}?${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${spec.token}`, 'content-type': 'application/octet-stream' },
    body: content,
  });
}

test('a job of which no engine was started is requeued at once, before the gate and after it', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  for (const openGate of [false, true]) {
    const { ref } = await daemon.take(openGate);
    daemon.send({ type: 'not_started', ...ref, reason: 'it ended' });
    expect(await daemon.next('settled')).toMatchObject(ref);
  }
  const third = await daemon.take(true);
  expect(third.ref.attempt).toBe(3);
  await daemon.settle(third.ref);
  expect((await setup.owner.call(routes.getJob, { params: { job: third.ref.job } })).status).toBe('succeeded');
});

test('a job at which its daemons die fails after three attempts, naming them', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  const { latestBuild } = await create(setup, setup.owner, version);
  for (const openGate of [false, true, true]) {
    const { ref } = await daemon.take(openGate);
    daemon.send({ type: 'not_started', ...ref, reason: 'it died', lost: true });
    await daemon.next('settled');
  }
  const job = await setup.owner.call(routes.getJob, { params: { job: latestBuild.job.id } });
  expect(job.error).toMatchObject({
    code: 'attempts_exhausted',
    message: expect.stringContaining('on daemon, daemon'),
  });
});

test('a fresh data directory knows nothing of what was started with another', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  const { ref } = await daemon.take(true);
  await daemon.close();
  const fresh = await setup.daemon({ attempts: [ref] });
  fresh.send({ type: 'not_started', ...ref, reason: 'no idea' });
  expect(await fresh.next('problem')).toMatchObject({ error: { code: 'wrong_instance' }, about: ref, retry: false });
});

test('an unreachable build is given up after its own lost-after, and takes its late state as salvage', async () => {
  // Once it races, each look at the clock moves it, so that no two looks lie as far apart as an outage would.
  let racing = false;
  let ahead = 0;
  const clock = {
    now: () => {
      if (racing) ahead += 300;
      return Date.now() + ahead;
    },
  };
  const brief = { holdMs: 1_000, cancelGraceMs: 1_000, lostAfterMs: 92_000 };
  const setup = await testCoordinator({ timings: { ...brief, reapMs: 10, beatMs: 10 }, clock });
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  const workspace = await create(setup, setup.owner, version);
  const attempt = await daemon.take(true);
  expect(attempt.spec).toMatchObject(brief);
  expect((await upload(setup.url, attempt, 1, 'snapshot')).status).toBe(200);
  daemon.vanish();
  racing = true;
  const job = () => setup.owner.call(routes.getJob, { params: { job: attempt.ref.job } });
  await expect.poll(async () => (await job()).unreachableSince).not.toBeNull();
  const lostAt = ahead;
  await expect.poll(async () => (await job()).status).toBe('failed');
  racing = false;
  expect((await job()).error).toMatchObject({ code: 'daemon_lost' });
  expect(ahead - lostAt).toBeGreaterThan(brief.lostAfterMs - 5_000);

  const back = await setup.daemon({ instance, attempts: [attempt.ref] });
  expect(back.welcome.attempts).toMatchObject([{ verdict: 'fenced' }]);
  expect((await refusal(attempt.http.call(routes.appendAttemptLog, { body: { entries: [entry] } }))).code).toBe(
    'fenced',
  );
  expect((await upload(setup.url, attempt, 2, 'final')).status).toBe(409);
  expect((await upload(setup.url, attempt, 2, 'salvage')).status).toBe(200);
  // It says that the attempt's folder is gone, and with it the slot is free.
  await back.heartbeat();
  // What the next build begins with is what the workspace has.
  await build(setup.owner, workspace, 'stop');
  expect((await back.take()).spec).toMatchObject({ state: { serial: 2, digest: stateOf(2).digest } });
});

const entry = { n: 1, at: 1, phase: 'apply' as const, kind: 'phase' as const };

test('an attempt that owns its job hands in no salvage, and a settled one neither', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  const attempt = await daemon.take(true);
  expect((await upload(setup.url, attempt, 1, 'salvage')).status).toBe(400);
  await daemon.settle(attempt.ref);
  expect((await upload(setup.url, attempt, 1, 'salvage')).status).toBe(409);
});

test('an attempt keeps the times that it was told, whatever the coordinator is restarted with', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  const { ref, spec } = await daemon.take(true);
  await setup.coordinator.stop();
  const next = await restarted(setup, { timings: { holdMs: 1_000, cancelGraceMs: 1_000, lostAfterMs: 92_000 } });
  const back = await next.daemon({ instance, attempts: [ref] });
  const again = await back.accept(ref);
  const { token, ...told } = again.spec;
  const { token: before, ...first } = spec;
  expect(told).toEqual({ ...first, berth: told.berth });
  expect(token).not.toBe(before);
  expect(again.gateOpen).toBe(true);
  expect((await refusal(attemptLog(next.as(before)))).code).toBe('unauthenticated');
  await attemptLog(next.as(token));
});

function attemptLog(client: ReturnType<Awaited<ReturnType<typeof testCoordinator>>['as']>) {
  return client.call(routes.appendAttemptLog, { body: { entries: [entry] } });
}

test('a daemon that says hello draining gets no offers until it takes them again', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  await daemon.close();
  const draining = await setup.daemon({ instance, hello: { draining: true } });
  await create(setup, setup.owner, version);
  await draining.heartbeat();
  expect(draining.count('offer')).toBe(0);
  draining.send({ type: 'draining', draining: false });
  await draining.next('offer');
});

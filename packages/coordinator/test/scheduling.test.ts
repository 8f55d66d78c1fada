import { routes } from '@berth/protocol';
import { expect, test } from 'vitest';
import { type TestCoordinator, testCoordinator } from './support/coordinator.js';
import { build, create, push, runBuild, runImport, template } from './support/work.js';

test('a daemon never has more offers than free slots, and each slot that becomes free is filled', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ slots: 2 });
  const version = await template(setup, daemon);
  const names = ['a', 'b', 'c', 'd', 'e'];
  await Promise.all(names.map(name => create(setup, setup.owner, version, name)));
  const running = [await daemon.take(true), await daemon.take(true)];
  await daemon.heartbeat(running.map(({ ref }) => ref));
  expect(daemon.count('offer')).toBe(3);
  for (let ended = 0; ended < names.length; ended++) {
    const attempt = running.shift();
    if (attempt === undefined) throw new Error('no slot was filled');
    await daemon.settle(attempt.ref);
    if (ended < names.length - 2) running.push(await daemon.take(true));
    await daemon.heartbeat(running.map(({ ref }) => ref));
    expect(daemon.count('offer')).toBe(Math.min(1 + names.length, 3 + ended + 1));
  }
});

test('a job waits for a daemon that matches, which gets it when it connects', async () => {
  const setup = await testCoordinator();
  const other = await setup.daemon({ name: 'other', tags: { zone: 'b' } });
  const { version } = await push(setup, setup.owner, { tags: { zone: 'a' } });
  expect(version.job).toMatchObject({
    status: 'pending',
    waiting: {
      reason: 'no_daemon_matches',
      nearest: { daemon: 'other', lacks: ['has zone=b, not a'] },
      position: 1,
    },
  });
  await other.heartbeat();
  expect(other.count('offer')).toBe(0);
  const right = await setup.daemon({ name: 'right', tags: { zone: 'a' } });
  expect(await right.next('offer')).toMatchObject({ job: version.job.id, attempt: 1, jobType: 'template_import' });
  expect((await job(setup, version.job.id)).waiting).toMatchObject({
    reason: 'offer_pending',
    message: expect.stringContaining('right'),
  });
});

test('why a job waits: all busy, draining, offline', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const first = await push(setup, setup.owner, { template: 'first' });
  const attempt = await daemon.take();
  const second = await push(setup, setup.owner, { template: 'second' });
  const reason = async () => (await job(setup, second.version.job.id)).waiting?.reason;
  expect(await reason()).toBe('all_busy');
  daemon.send({ type: 'draining', draining: true });
  await daemon.heartbeat([attempt.ref]);
  expect(await reason()).toBe('draining');
  await daemon.settle(attempt.ref, { error: { code: 'engine_failed', message: 'no', hint: null, fields: null } });
  await daemon.heartbeat();
  expect(daemon.count('offer')).toBe(1);
  daemon.send({ type: 'draining', draining: false });
  expect((await daemon.next('offer')).job).toBe(second.version.job.id);
  await daemon.close();
  while ((await reason()) !== 'all_offline');
  expect((await job(setup, first.version.job.id)).error).toMatchObject({ code: 'engine_failed' });
});

test('an offer that is declined or let pass goes to another', async () => {
  const setup = await testCoordinator({ timings: { offerMs: 1_000 } });
  // Of equals the one that came first is asked first.
  const declining = await setup.daemon({ name: 'declining' });
  const silent = await setup.daemon({ name: 'silent' });
  const { version } = await push(setup, setup.owner);
  const job = version.job.id;
  expect(await declining.next('offer')).toMatchObject({ job, attempt: 1 });
  declining.send({ type: 'decline', job, attempt: 1, reason: 'no room' });
  expect(await silent.next('offer')).toMatchObject({ job, attempt: 2 });
  const last = await setup.daemon({ name: 'last' });
  expect((await last.take()).ref).toEqual({ job, attempt: 3 });
  // Whoever accepts too late hears that the job is another's.
  silent.send({ type: 'accept', job, attempt: 2, openGate: false });
  expect(await silent.next('fenced')).toMatchObject({ job, attempt: 2 });
});

test('an offer whose connection is lost goes to another at once', async () => {
  const setup = await testCoordinator({ timings: { offerMs: 3_600_000 } });
  const leaving = await setup.daemon({ name: 'leaving' });
  const staying = await setup.daemon({ name: 'staying' });
  await push(setup, setup.owner);
  expect(await leaving.next('offer')).toMatchObject({ attempt: 1 });
  leaving.vanish();
  expect(await staying.next('offer')).toMatchObject({ attempt: 2 });
});

test('a daemon that declined is asked again after a while, when nobody else is there', async () => {
  const setup = await testCoordinator({ timings: { claimPollMs: 20 } });
  const daemon = await setup.daemon();
  await push(setup, setup.owner);
  const { job, attempt } = await daemon.next('offer');
  daemon.send({ type: 'decline', job, attempt, reason: 'no room' });
  expect(await daemon.next('offer')).toMatchObject({ job, attempt: attempt + 1 });
});

test('the daemon that has run a version gets its next build; a free daemon before a built-in one', async () => {
  const setup = await testCoordinator();
  const first = await setup.daemon({ name: 'first', slots: 5 });
  const version = await template(setup, first);
  const second = await setup.daemon({ name: 'second', slots: 50 });
  const other = await push(setup, setup.owner, { template: 'other' });
  // The one with most open slots.
  await runImport(second);
  const made = await create(setup, setup.owner, version);
  await runBuild(first);
  await build(setup.owner, made, 'stop');
  await runBuild(first);
  const of = await setup.owner.call(routes.getVersion, { params: { version: other.version.id } });
  await create(setup, setup.owner, of, 'of-other');
  await runBuild(second);
});

test('a canceled offer is taken back; a canceled build hears of it, softly and then hard', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const pushed = await push(setup, setup.owner);
  const offer = await daemon.next('offer');
  const cancel = (id: string) => setup.owner.call(routes.cancelJob, { params: { job: id } });
  expect(await cancel(pushed.version.job.id)).toMatchObject({ status: 'canceled' });
  expect(await daemon.next('fenced')).toMatchObject({ job: offer.job, attempt: offer.attempt });

  // An accept that was on its way: its slot is free at once.
  daemon.send({ type: 'accept', job: offer.job, attempt: offer.attempt, openGate: false });
  await daemon.next('fenced');
  const version = await template(setup, daemon);
  const { latestBuild } = await create(setup, setup.owner, version);
  const attempt = await daemon.take();
  expect(await cancel(latestBuild.job.id)).toMatchObject({ status: 'canceling' });
  expect(await daemon.next('cancel')).toMatchObject({ ...attempt.ref, mode: 'soft' });
  await cancel(latestBuild.job.id);
  expect(await daemon.next('cancel')).toMatchObject({ mode: 'hard' });
  expect(await daemon.heartbeat([attempt.ref])).toMatchObject({ attempts: [{ verdict: 'yours', cancel: 'hard' }] });
  daemon.send({ type: 'open_gate', ...attempt.ref });
  expect(await daemon.next('gate')).toMatchObject({ open: false });
  await daemon.settle(attempt.ref, { error: { code: 'canceled', message: 'canceled', hint: null, fields: null } });
  expect(await job(setup, latestBuild.job.id)).toMatchObject({ status: 'canceled' });
  await expect(cancel(latestBuild.job.id)).rejects.toMatchObject({ code: 'illegal_transition' });
});

test('an accept that asks for the gate of a canceled build gets the job without it', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  const { latestBuild } = await create(setup, setup.owner, version);
  const attempt = await daemon.take();
  await setup.owner.call(routes.cancelJob, { params: { job: latestBuild.job.id } });
  // Sent again, as after a connection that broke.
  expect((await daemon.accept(attempt.ref, true)).gateOpen).toBe(false);
});

test('a job that is handed back goes to the queue, and to another daemon', async () => {
  const setup = await testCoordinator();
  const stopping = await setup.daemon({ name: 'stopping' });
  const version = await template(setup, stopping);
  await create(setup, setup.owner, version);
  const attempt = await stopping.take();
  const other = await setup.daemon({ name: 'other' });
  stopping.send({ type: 'hand_back', ...attempt.ref, reason: 'it stops' });
  expect(await stopping.next('settled')).toMatchObject(attempt.ref);
  expect((await other.take()).ref).toEqual({ ...attempt.ref, attempt: 2 });
  const { notes } = await job(setup, attempt.ref.job);
  expect(notes).toEqual([expect.stringContaining('it stops')]);
});

test('many jobs and daemons at once: every job runs once', async () => {
  const setup = await testCoordinator();
  const first = await setup.daemon({ name: 'first', slots: 3 });
  const version = await template(setup, first);
  const daemons = [first, ...(await Promise.all([1, 2, 3].map(i => setup.daemon({ name: `d${i}`, slots: i }))))];
  const count = 40;
  const ran: string[] = [];
  let finish: () => void;
  const allRan = new Promise<void>(resolve => {
    finish = resolve;
  });
  const loops = daemons.map(async daemon => {
    for (;;) {
      const next = await Promise.race([daemon.next('offer'), allRan]);
      if (next === undefined) return;
      const attempt = await daemon.accept(next, true);
      ran.push(attempt.ref.job);
      await daemon.settle(attempt.ref);
      if (ran.length === count) finish();
    }
  });
  await Promise.all(Array.from({ length: count }, (_, i) => create(setup, setup.owner, version, `w${i}`)));
  await Promise.all(loops);
  expect(new Set(ran).size).toBe(count);
  const { items } = await setup.owner.call(routes.listJobs, {
    params: { organization: setup.organization },
    query: { status: 'succeeded' },
  });
  expect(items).toHaveLength(count + 1);
});

async function job(setup: TestCoordinator, id: string) {
  return setup.owner.call(routes.getJob, { params: { job: id } });
}

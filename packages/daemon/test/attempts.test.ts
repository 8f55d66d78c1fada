import { secondsSinceBoot } from '@berth/terraform';
import { expect, test } from 'vitest';
import { buildSpec, importSpec, offerOf } from './double/specs.js';
import { type ScriptedDaemon, startScripted } from './double/startScripted.js';

const success = { error: null, state: null, result: false };

/** Offers a build and has it accepted; returns what both sides then have. */
async function startBuild(scripted: ScriptedDaemon, more: { gateOpen?: boolean } = {}) {
  const connection = await scripted.coordinator.connected();
  const spec = buildSpec();
  connection.send(offerOf(spec));
  await connection.next('accept');
  connection.send({ type: 'accepted', spec, gateOpen: more.gateOpen ?? false });
  const { job } = await scripted.jobs.take(() => true);
  return { connection, spec, job, control: await job.started, ref: { job: spec.job, attempt: 1 } };
}

test('an offer is accepted, done and settled, and its slot is free again', async () => {
  const scripted = await startScripted();
  const { connection, job, ref } = await startBuild(scripted);
  job.finish(success);
  expect(await connection.next('terminal')).toEqual({ type: 'terminal', ...ref, outcome: success });
  // Close together: the slot must be free for the offer that comes with the answer.
  connection.send({ type: 'settled', ...ref });
  connection.send(offerOf(buildSpec()));
  await connection.next('accept');
  expect(await job.closed).toBe('settled');
});

test('the gate is asked for with the accept when the daemon is warm, and only for a build', async () => {
  const { coordinator } = await startScripted({ warm: true, slots: 2 });
  const connection = await coordinator.connected();
  connection.send(offerOf(buildSpec()));
  connection.send(offerOf(importSpec()));
  expect((await connection.next('accept')).openGate).toBe(true);
  expect((await connection.next('accept')).openGate).toBe(false);
});

test('offers beyond the slots are declined, and every offer while draining', async () => {
  const { coordinator, daemon } = await startScripted();
  const connection = await coordinator.connected();
  connection.send(offerOf(buildSpec()));
  await connection.next('accept');
  connection.send(offerOf(buildSpec()));
  expect((await connection.next('decline')).reason).toBe('every slot is busy');
  void daemon.stop('drain');
  expect(await connection.next('draining')).toMatchObject({ draining: true });
  connection.send(offerOf(buildSpec()));
  expect((await connection.next('decline')).reason).toBe('the daemon is draining');
});

test('the coordinator drains a daemon and takes it back', async () => {
  const { coordinator } = await startScripted();
  const connection = await coordinator.connected();
  connection.send({ type: 'drain', draining: true });
  await connection.next('draining');
  connection.send(offerOf(buildSpec()));
  await connection.next('decline');
  connection.send({ type: 'drain', draining: false });
  expect(await connection.next('draining')).toMatchObject({ draining: false });
  connection.send(offerOf(buildSpec()));
  await connection.next('accept');
});

test('an offer that comes twice is accepted twice and worked on once', async () => {
  const { coordinator, jobs } = await startScripted();
  const connection = await coordinator.connected();
  const spec = buildSpec();
  connection.send(offerOf(spec));
  connection.send(offerOf(spec));
  await connection.next('accept');
  await connection.next('accept');
  connection.send({ type: 'accepted', spec: { ...spec, token: 'first' }, gateOpen: false });
  connection.send({ type: 'accepted', spec: { ...spec, token: 'second' }, gateOpen: false });
  const { job } = await jobs.take(() => true);
  await job.started;
  await expect.poll(() => job.tokens).toEqual(['first', 'second']);
  expect(jobs.all).toHaveLength(1);
  expect(job.runs).toBe(1);
  expect(connection.count('decline')).toBe(0);
});

test('what was not answered is said again after a reconnect: accept, open_gate, terminal', async () => {
  const scripted = await startScripted();
  const { coordinator, jobs } = scripted;
  const spec = buildSpec();
  const ref = { job: spec.job, attempt: 1 };
  const first = await coordinator.connected();
  first.send(offerOf(spec));
  await first.next('accept');
  first.cut();

  const second = await coordinator.connected();
  expect(second.said.all[0]).toMatchObject({ attempts: [ref] });
  expect(await second.next('accept')).toMatchObject(ref);
  second.send({ type: 'accepted', spec, gateOpen: false });
  const { job } = await jobs.take(() => true);
  const passed = (await job.started).passGate();
  await second.next('open_gate');
  second.cut();

  const third = await coordinator.connected();
  await third.next('open_gate');
  third.send({ type: 'gate', ...ref, open: true });
  expect(await passed).toBe(true);
  job.finish(success);
  await third.next('terminal');
  third.cut();

  const fourth = await coordinator.connected();
  expect(await fourth.next('terminal')).toEqual({ type: 'terminal', ...ref, outcome: success });
  fourth.cut();
  coordinator.verdicts.set(`${spec.job}/1`, { verdict: 'settled' });
  expect(await job.closed).toBe('settled');
  expect(job.sentAgain).toBe(0);
});

test('what was not answered although the connection held is said again after the next heartbeat', async () => {
  const { coordinator } = await startScripted({
    prepare: coordinator => {
      coordinator.heartbeatMs = 20;
    },
  });
  const connection = await coordinator.connected();
  connection.send(offerOf(buildSpec()));
  await connection.next('accept');
  await connection.next('accept');
});

test('a gate that was opened with the accept is not asked for; a refused one is not passed', async () => {
  const open = await startBuild(await startScripted({ warm: true }), { gateOpen: true });
  expect(await open.control.passGate()).toBe(true);
  expect(open.connection.count('open_gate')).toBe(0);

  const refused = await startBuild(await startScripted());
  const passed = refused.control.passGate();
  await refused.connection.next('open_gate');
  refused.connection.send({ type: 'gate', ...refused.ref, open: false });
  expect(await passed).toBe(false);
});

test('a cancel pulls the lever softly, a second one hard, and a verdict carries it too', async () => {
  const scripted = await startScripted({
    prepare: coordinator => {
      coordinator.heartbeatMs = 20;
    },
  });
  const { connection, control, spec } = await startBuild(scripted);
  const pulls: string[] = [];
  control.lever.hold({ stop: () => pulls.push('soft'), stopHard: () => pulls.push('hard'), leave: () => undefined });
  scripted.coordinator.verdicts.set(`${spec.job}/1`, { cancel: 'soft' });
  await expect.poll(() => pulls).toEqual(['soft']);
  await connection.next('heartbeat');
  await connection.next('heartbeat');
  expect(pulls).toEqual(['soft']);
  connection.send({ type: 'cancel', job: spec.job, attempt: 1, mode: 'hard' });
  await expect.poll(() => pulls).toEqual(['soft', 'hard']);
  expect(control.lever.reason).toBe('canceled');
});

test('a fence stops the work hard, and nothing more is said of the attempt', async () => {
  const { connection, control, job, ref } = await startBuild(await startScripted());
  const pulls: string[] = [];
  control.lever.hold({ stop: () => pulls.push('soft'), stopHard: () => pulls.push('hard'), leave: () => undefined });
  connection.send({ type: 'fenced', ...ref, reason: 'lost' });
  await expect.poll(() => pulls).toEqual(['hard']);
  expect(control.abandoned.aborted).toBe(true);
  job.finish(success);
  expect(await job.closed).toBe('fenced');
  connection.send(offerOf(buildSpec()));
  await connection.next('accept');
  expect(connection.count('terminal')).toBe(0);
});

test('verdicts move the time that leases count from; silence does not', async () => {
  const scripted = await startScripted({
    prepare: coordinator => {
      coordinator.heartbeatMs = 20;
    },
  });
  const { connection, control, ref } = await startBuild(scripted);
  const times: number[] = [];
  control.onAcknowledged(at => times.push(at));
  await expect.poll(() => times.length).toBeGreaterThan(2);
  connection.silent = true;
  const answered = connection.count('heartbeat');
  let first = await connection.next('heartbeat');
  while (first.seq <= answered) first = await connection.next('heartbeat');
  const arrived = secondsSinceBoot();
  for (let beats = 0; beats < 2; beats++) await connection.next('heartbeat');
  const before = control.acknowledgedAt;
  expect(before).toBe(times.at(-1));
  // A late answer tells of the time when its heartbeat was sent.
  connection.send({ type: 'heartbeat_ack', seq: first.seq, attempts: [{ ...ref, verdict: 'yours', cancel: null }] });
  await expect.poll(() => times.at(-1)).not.toBe(before);
  expect(times.at(-1)).toBeLessThanOrEqual(arrived);
  connection.cut();
  await scripted.coordinator.connected();
  await expect.poll(() => control.acknowledgedAt).toBeGreaterThanOrEqual(before);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('after a problem with the terminal message everything is handed in again', async () => {
  const { connection, job, ref } = await startBuild(await startScripted());
  job.finish(success);
  await connection.next('terminal');
  const error = { code: 'not_found' as const, message: 'no such state', hint: null, fields: null };
  connection.send({ type: 'problem', error, about: ref, retry: true });
  await connection.next('terminal');
  expect(job.sentAgain).toBe(1);
  connection.send({ type: 'settled', ...ref });
  expect(await job.closed).toBe('settled');
});

test('a draining daemon ends when its last attempt is settled', async () => {
  const scripted = await startScripted();
  const { connection, job, ref } = await startBuild(scripted);
  const ended = scripted.daemon.stop('drain');
  job.finish(success);
  await connection.next('terminal');
  connection.send({ type: 'settled', ...ref });
  expect(await ended).toEqual({ exitCode: 0, reason: 'the daemon was stopped', error: null });
});

test('a daemon that is stopped gives back what has changed nothing', async () => {
  const scripted = await startScripted();
  const { connection, control, job, ref } = await startBuild(scripted);
  const ended = scripted.daemon.stop('cancel');
  expect(control.lever.reason).toBe('daemon_stopping');
  job.handBack();
  expect(await connection.next('hand_back')).toMatchObject(ref);
  connection.send({ type: 'settled', ...ref });
  expect(await job.closed).toBe('handed_back');
  expect((await ended).exitCode).toBe(0);
});

test('a daemon that is refused while an offer waits for its answer holds nothing, and ends', async () => {
  const { coordinator, daemon } = await startScripted();
  const connection = await coordinator.connected();
  connection.send(offerOf(buildSpec()));
  await connection.next('accept');
  coordinator.upgradeStatus = 403;
  connection.cut();
  expect(await daemon.done).toMatchObject({ exitCode: 3 });
});

test('an idle daemon ends at once, connected or not', async () => {
  const idle = await startScripted();
  await idle.coordinator.connected();
  expect((await idle.daemon.stop('drain')).exitCode).toBe(0);

  const alone = await startScripted();
  await alone.coordinator.connected();
  await alone.coordinator.stop();
  expect((await alone.daemon.stop('cancel')).exitCode).toBe(0);
});

test('stopped a third time, a daemon waits no longer for a coordinator that is away', async () => {
  const scripted = await startScripted();
  const { job } = await startBuild(scripted);
  await scripted.coordinator.stop();
  void scripted.daemon.stop('cancel');
  job.finish(success);
  void scripted.daemon.stop('cancel');
  const ended = scripted.daemon.stop('cancel');
  expect(await job.closed).toBe('abandoned');
  expect((await ended).exitCode).toBe(0);
});

test('a daemon that is to take one job takes no second, and ends with it', async () => {
  const { coordinator, daemon, jobs } = await startScripted({ once: true, slots: 2 });
  const connection = await coordinator.connected();
  const spec = buildSpec();
  connection.send(offerOf(spec));
  await connection.next('accept');
  connection.send({ type: 'accepted', spec, gateOpen: false });
  expect(await connection.next('draining')).toMatchObject({ draining: true });
  connection.send(offerOf(buildSpec()));
  await connection.next('decline');
  const { job } = await jobs.take(() => true);
  job.finish(success);
  await connection.next('terminal');
  connection.send({ type: 'settled', job: spec.job, attempt: 1 });
  expect(await daemon.done).toMatchObject({ exitCode: 0 });
});

test('what a drain waits for is stopped when its time is over', async () => {
  const scripted = await startScripted({ drainTimeoutMs: 1 });
  const { control, job } = await startBuild(scripted);
  const stopped = new Promise<void>(resolve => {
    control.lever.hold({ stop: resolve, stopHard: () => undefined, leave: () => undefined });
  });
  void scripted.daemon.stop('drain');
  await stopped;
  expect(control.lever.reason).toBe('daemon_stopping');
  job.handBack();
});

test('a daemon that is about to end is not drained no more by the coordinator', async () => {
  const scripted = await startScripted();
  const { connection } = await startBuild(scripted);
  void scripted.daemon.stop('drain');
  expect(await connection.next('draining')).toMatchObject({ draining: true });
  connection.send({ type: 'drain', draining: false });
  expect(await connection.next('draining')).toMatchObject({ draining: true });
  connection.cut();
  const again = await scripted.coordinator.connected();
  expect(again.said.all[0]).toMatchObject({ draining: true });
});

test('a token that is not known any more is asked for again, until it comes', async () => {
  const scripted = await startScripted();
  const { connection, spec, job, control } = await startBuild(scripted);
  control.renewToken();
  control.renewToken();
  expect(await connection.next('accept')).toMatchObject({ job: spec.job, openGate: false });
  connection.cut();
  const second = await scripted.coordinator.connected();
  await second.next('accept');
  second.send({ type: 'accepted', spec: { ...spec, token: 'another' }, gateOpen: true });
  await expect.poll(() => job.tokens.at(-1)).toBe('another');
  expect(job.runs).toBe(1);
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { sendError } from './double/attemptServer.js';
import { engineStoppingAt } from './double/engineStoppingAt.js';
import { heartbeatsFor } from './double/heartbeatsFor.js';
import { logText } from './double/logText.js';
import { enginePid, isRunning } from './double/processSite.js';
import { buildSpec, importSpec } from './double/specs.js';
import { type BeginOptions, makeTemplate, type RealDaemon, sha256, startReal, stateRefOf } from './double/startReal.js';
import { largeOutput, waitingTemplate } from './double/waitingTemplate.js';

/** Begins a build and waits until its apply is half-way. */
async function beginApply(
  real: RealDaemon,
  more: Partial<Parameters<typeof buildSpec>[0]> = {},
  how: BeginOptions = {},
  outputs: object | null = null,
) {
  const template = await waitingTemplate(':', outputs);
  const spec = buildSpec({ archive: template.files.archive, ...more });
  const data = await real.begin(spec, template.files, how);
  await template.halfway();
  return { ...template, spec, data, ref: { job: spec.job, attempt: spec.attempt } };
}

test('a cancel during apply stops terraform in order, and keeps what it made', async () => {
  const real = await startReal();
  const { ref, data } = await beginApply(real);
  real.connection.send({ type: 'cancel', ...ref, mode: 'soft' });
  const { outcome } = await real.connection.next('terminal');
  expect(outcome).toMatchObject({
    error: { code: 'canceled', message: 'terraform apply was canceled', hint: null },
    result: true,
  });
  const state = JSON.parse(data.uploads.get(outcome.state?.digest ?? '')?.content.toString() ?? '{}');
  expect(state.resources.map((resource: { name: string }) => resource.name)).toEqual(['first', 'second']);
  expect(logText(data.log)).toContain('Interrupt received');
});

test('a second cancel goes to the hard step', async () => {
  const real = await startReal();
  const { ref, spec } = await beginApply(real, { cancelGraceMs: 600_000 });
  const run = join(real.dataDir, 'attempts', `${spec.job}-${spec.attempt}`, 'run/apply');
  const rungs = () => readFileSync(join(run, 'rungs'), 'utf8').match(/^(interrupt|plugins|kill)/gm);
  const engine = enginePid(run);
  // It answers no SIGINT, as one does whose plugin hangs.
  process.kill(engine, 'SIGSTOP');
  onTestFinished(() => {
    if (isRunning(engine)) process.kill(engine, 'SIGCONT');
  });
  real.connection.send({ type: 'cancel', ...ref, mode: 'soft' });
  await expect.poll(() => existsSync(join(run, 'rungs')) && rungs()).toEqual(['interrupt']);
  real.connection.send({ type: 'cancel', ...ref, mode: 'hard' });
  await expect.poll(() => rungs()?.slice(0, 2)).toEqual(['interrupt', 'plugins']);
  process.kill(engine, 'SIGCONT');
  const { outcome } = await real.connection.next('terminal');
  expect(outcome.error).toMatchObject({ code: 'canceled' });
});

test('a cancel that comes too late changes nothing', async () => {
  const real = await startReal();
  const { ref, goOn } = await beginApply(real, {}, {}, { large: largeOutput });
  let cancelled = false;
  real.coordinator.intercept = (_, __, path) => {
    if (path === 'result' && !cancelled) {
      cancelled = true;
      real.connection.send({ type: 'cancel', ...ref, mode: 'soft' });
    }
    return false;
  };
  goOn();
  const { outcome } = await real.connection.next('terminal');
  expect(cancelled).toBe(true);
  expect(outcome).toMatchObject({ error: null, result: true });
});

test('a cancel before the gate ends the build without a terraform that could change anything', async () => {
  const real = await startReal();
  const template = await waitingTemplate();
  const spec = buildSpec({ archive: template.files.archive });
  const ref = { job: spec.job, attempt: 1 };
  real.coordinator.intercept = (_, __, path) => {
    if (path !== 'archive') return false;
    real.connection.send({ type: 'cancel', ...ref, mode: 'soft' });
    return true;
  };
  await real.begin(spec, template.files);
  const { outcome } = await real.connection.next('terminal');
  expect(outcome).toEqual({
    error: { code: 'canceled', message: 'canceled before anything was changed', hint: null, fields: null },
    state: null,
    result: false,
  });
  expect(real.connection.count('open_gate')).toBe(0);
});

test('a gate that a cancel closed is not passed', async () => {
  const real = await startReal();
  const made = join(tempDir(), 'made');
  const files = await makeTemplate({
    'main.tf': `resource "terraform_data" "a" {
      provisioner "local-exec" { command = "touch ${made}" }
    }`,
  });
  const spec = buildSpec({ archive: files.archive });
  await real.begin(spec, files, { gate: 'refuse' });
  expect((await real.connection.next('terminal')).outcome.error).toMatchObject({ code: 'canceled' });
  expect(existsSync(made)).toBe(false);
});

test('a fenced attempt ends its terraform at once, says nothing more, and hands in what it made as salvage', async () => {
  const real = await startReal();
  const { ref, data } = await beginApply(real, { cancelGraceMs: 600_000 });
  real.connection.send({ type: 'fenced', ...ref, reason: 'given to another' });
  await expect.poll(() => real.log.saying('attempt ended')).toMatchObject([{ end: 'fenced' }]);
  expect(real.connection.count('terminal')).toBe(0);
  const salvage = [...data.uploads.values()].find(({ kind }) => kind === 'salvage');
  expect(JSON.parse(salvage?.content.toString() ?? '{}').resources).not.toEqual([]);
  await expect.poll(() => readdirSync(join(real.dataDir, 'attempts'))).toEqual([]);
});

test('a fenced attempt that has changed nothing hands in the state that it began with', async () => {
  const real = await startReal();
  const files = await makeTemplate({ 'main.tf.json': JSON.stringify({ output: { large: largeOutput } }) });
  const first = await real.run(buildSpec({ archive: files.archive }), files);
  const state = first.state ?? Buffer.alloc(0);
  const spec = buildSpec({ archive: files.archive, state: stateRefOf(state) });
  real.coordinator.intercept = (request, response, path) => {
    if (path !== 'result') return false;
    request.resume();
    sendError(response, 'fenced');
    return true;
  };
  const data = await real.begin(spec, files, { state });
  await expect.poll(() => [...data.uploads.values()]).toMatchObject([{ kind: 'salvage' }]);
  expect([...data.uploads.keys()]).toEqual([sha256(state)]);
});

for (const phase of ['init', 'plan']) {
  test(`a cancel in ${phase} ends the job as canceled`, async () => {
    const engine = engineStoppingAt(phase);
    const real = await startReal({ enginePath: engine.path });
    const files = await makeTemplate({ 'main.tf': '' });
    const spec = importSpec({ archive: files.archive, cancelGraceMs: 100 });
    await real.begin(spec, files);
    await engine.reached();
    real.connection.send({ type: 'cancel', job: spec.job, attempt: 1, mode: 'soft' });
    expect((await real.connection.next('terminal')).outcome.error).toMatchObject({ code: 'canceled' });
    await expect.poll(() => isRunning(engine.pid())).toBe(false);
  });
}

test('a salvage that is refused stays on disk', async () => {
  const real = await startReal();
  const { ref, spec } = await beginApply(real, { cancelGraceMs: 600_000 });
  real.coordinator.intercept = (request, response, path) => {
    if (!path.startsWith('states/')) return false;
    request.resume();
    sendError(response, 'unauthenticated');
    return true;
  };
  real.connection.send({ type: 'fenced', ...ref, reason: 'given to another' });
  const kept = join(real.dataDir, 'kept', `${spec.job}-1`);
  await expect.poll(() => existsSync(kept)).toBe(true);
  expect(readFileSync(join(kept, 'run/apply/exit'), 'utf8')).toMatch(/^\d+\s*$/);
  expect(JSON.parse(readFileSync(join(kept, 'work/terraform.tfstate'), 'utf8')).resources).not.toEqual([]);
});

test('an attempt that learns over HTTP that it is fenced stops too', async () => {
  const real = await startReal();
  // What it ends with is uploaded for certain: too large for the terminal message.
  const { goOn } = await beginApply(real, {}, {}, { large: largeOutput });
  real.coordinator.intercept = (request, response) => {
    request.resume();
    response.writeHead(409, { 'content-type': 'application/json' });
    response.end('{"code":"fenced","message":"no longer yours"}');
    return true;
  };
  goOn();
  await expect.poll(() => real.log.saying('attempt ended')[0]).toMatchObject({ end: 'fenced' });
  expect(real.connection.count('terminal')).toBe(0);
});

test('terraform is stopped when the coordinator stays away for longer than the hold, and that is handed in later', async () => {
  const real = await startReal();
  // Long enough to be halfway on a busy machine, since nothing renews it.
  const { ref, spec } = await beginApply(real, { holdMs: 6_000, cancelGraceMs: 1_000 });
  const { port } = real.coordinator;
  await real.coordinator.stop();
  const folder = join(real.dataDir, 'attempts', `${spec.job}-1`);
  await expect.poll(() => existsSync(join(folder, 'run/apply/exit'))).toBe(true);
  await real.coordinator.listen(port);
  const connection = await real.coordinator.connected();
  const { outcome } = await connection.next('terminal');
  expect(outcome).toMatchObject({
    error: { code: 'daemon_lost', message: expect.stringMatching(/the coordinator was out of reach/) },
    result: true,
  });
  connection.send({ type: 'settled', ...ref });
  await expect.poll(() => readdirSync(join(real.dataDir, 'attempts'))).toEqual([]);
});

test('as long as heartbeats are answered terraform runs on, however short the hold', async context => {
  const real = await startReal();
  real.coordinator.heartbeatMs = 100;
  real.connection.cut();
  const connection = await real.coordinator.connected();
  const { goOn } = await beginApply(real, { holdMs: 3_000 }, { connection });
  await heartbeatsFor(3_000, connection, context);
  goOn();
  expect((await connection.next('terminal')).outcome.error).toBeNull();
});

test('a stopped daemon ends its terraform by the ladder, and hands in what it came to', async () => {
  const real = await startReal();
  const { ref } = await beginApply(real);
  const ended = real.daemon.stop('cancel');
  const { outcome } = await real.connection.next('terminal');
  expect(outcome).toMatchObject({
    error: { code: 'daemon_stopped', message: 'terraform apply was stopped because the daemon was' },
    state: {},
  });
  real.connection.send({ type: 'settled', ...ref });
  expect(await ended).toMatchObject({ exitCode: 0 });
  expect(readdirSync(join(real.dataDir, 'attempts'))).toEqual([]);
  expect(existsSync(join(real.dataDir, 'lock'))).toBe(false);
});

test('a stopped daemon gives back what has changed nothing: an import, at its init', async () => {
  const engine = engineStoppingAt('init');
  const real = await startReal({ enginePath: engine.path });
  const files = await makeTemplate({ 'main.tf': 'resource "terraform_data" "a" {}\n' });
  const spec = importSpec({ archive: files.archive, cancelGraceMs: 100 });
  await real.begin(spec, files);
  await engine.reached();
  while ((await real.connection.next('progress')).phase !== 'init');
  void real.daemon.stop('cancel');
  expect(await real.connection.next('hand_back')).toMatchObject({ job: spec.job, reason: 'the daemon is stopping' });
});

test('a draining daemon finishes what it has', async () => {
  const real = await startReal();
  const { ref, goOn } = await beginApply(real);
  const ended = real.daemon.stop('drain');
  goOn();
  expect((await real.connection.next('terminal')).outcome.error).toBeNull();
  real.connection.send({ type: 'settled', ...ref });
  expect(await ended).toMatchObject({ exitCode: 0 });
});

test('a build goes on while the connection is lost, and its end is told once it is back', async () => {
  const real = await startReal();
  const { ref, goOn, data } = await beginApply(real, {}, {}, { large: largeOutput });
  const { port } = real.coordinator;
  await real.coordinator.stop();
  goOn();
  await expect.poll(() => real.log.saying('trying again').length).toBeGreaterThan(3);
  await real.coordinator.listen(port);
  const connection = await real.coordinator.connected();
  expect(connection.said.all[0]).toMatchObject({ attempts: [ref] });
  expect((await connection.next('terminal')).outcome.error).toBeNull();
  expect(data.log.map(entry => entry.n)).toEqual(data.log.map((_, at) => at + 1));
});

import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { compile, startDaemonProcess } from './double/daemonProcess.js';
import { engineStoppingAt } from './double/engineStoppingAt.js';
import { logText } from './double/logText.js';
import {
  beginApply,
  checkNumbers,
  enginePid,
  isRunning,
  processesOf,
  startSite,
  stateOf,
} from './double/processSite.js';
import { buildSpec, importSpec } from './double/specs.js';
import { beginJob, makeTemplate, startReal } from './double/startReal.js';
import { largeOutput, waitingTemplate } from './double/waitingTemplate.js';

beforeAll(compile);

test('killed in fetch, a daemon gives the job back when it is there again', async () => {
  const site = await startSite();
  const template = await makeTemplate({ 'main.tf': '' });
  const spec = buildSpec({ archive: template.archive });
  const asked = new Promise<void>(resolve => {
    site.coordinator.intercept = (request, _, path) => {
      if (path !== 'archive') return false;
      request.on('close', () => undefined);
      resolve();
      return true;
    };
  });
  await beginJob(site.coordinator, site.connection, spec, template);
  await asked;
  await site.daemon.kill();
  const ref = { job: spec.job, attempt: 1 };
  const connection = await site.again();
  expect(connection.said.all[0]).toMatchObject({ type: 'hello', attempts: [ref] });
  expect(await connection.next('not_started')).toMatchObject(ref);
  connection.send({ type: 'settled', ...ref });
  await expect.poll(site.attempts).toEqual([]);
});

test('killed before its accept was answered, a daemon gives the job back', async () => {
  const site = await startSite();
  const spec = buildSpec();
  const ref = { job: spec.job, attempt: 1 };
  site.connection.send({
    ...{ type: 'offer', ...ref, jobType: 'workspace_build', archive: '0'.repeat(64) },
    ...{ lockFile: null, expiresInMs: 5_000 },
  });
  await site.connection.next('accept');
  await site.daemon.kill();
  const connection = await site.again();
  expect(await connection.next('not_started')).toMatchObject(ref);
});

for (const phase of ['init', 'plan']) {
  test(`killed in ${phase}, a daemon ends what it left running and gives the job back`, async () => {
    const engine = engineStoppingAt(phase);
    const site = await startSite({ enginePath: engine.path });
    const template = await makeTemplate({ 'main.tf': '' });
    const spec = importSpec({ archive: template.archive });
    const ref = { job: spec.job, attempt: 1 };
    await beginJob(site.coordinator, site.connection, spec, template);
    await engine.reached();
    await site.daemon.kill();
    expect(isRunning(engine.pid())).toBe(true);
    const connection = await site.again();
    expect(isRunning(engine.pid())).toBe(false);
    expect(await connection.next('not_started')).toMatchObject({ ...ref, lost: true });
    connection.send({ type: 'settled', ...ref });
    await expect.poll(site.attempts).toEqual([]);
  });
}

test('left in init, a job goes back without being counted as lost', async () => {
  const engine = engineStoppingAt('init');
  const site = await startSite({ enginePath: engine.path });
  const template = await makeTemplate({ 'main.tf': '' });
  const spec = importSpec({ archive: template.archive });
  await beginJob(site.coordinator, site.connection, spec, template);
  await engine.reached();
  site.daemon.process.kill('SIGUSR1');
  expect(await site.daemon.ended).toBe(0);
  expect(await (await site.again()).next('not_started')).toMatchObject({ job: spec.job, lost: false });
});

test('killed in apply, a daemon goes on with it, and every line of its log arrives once', async () => {
  const site = await startSite();
  const { goOn, ref, data } = await beginApply(site, {}, await waitingTemplate('i=$((i+1)); echo line $i'));
  await expect.poll(() => logText(data.log)).toContain('line 3');
  await site.daemon.kill();
  const before = data.log.length;
  const connection = await site.again();
  await expect.poll(() => data.log.length).toBeGreaterThan(before);
  goOn();
  const { outcome } = await connection.next('terminal');
  expect(outcome).toMatchObject({ error: null, result: true });
  expect(stateOf(data, outcome.state?.digest).resources.map(({ name }) => name)).toEqual(['first', 'second']);
  checkNumbers(data.log);
  const lines = [...logText(data.log).matchAll(/^line (\d+)$/gm)].map(match => Number(match[1]));
  expect(lines).toEqual(lines.map((_, at) => at + 1));
  connection.send({ type: 'settled', ...ref });
  await expect.poll(site.attempts).toEqual([]);
});

test('an apply that ended while there was no daemon is handed in by the next one', async () => {
  const site = await startSite();
  const { goOn, data, run } = await beginApply(site);
  await site.daemon.kill();
  goOn();
  await expect.poll(() => readFileSync(join(run, 'exit'), 'utf8')).toMatch(/^0 *\n/);
  const connection = await site.again();
  const { outcome } = await connection.next('terminal');
  expect(outcome).toMatchObject({ error: null, result: true });
  expect(logText(data.log)).toContain('done');
  checkNumbers(data.log);
});

test('an apply that failed while there was no daemon fails with its error', async () => {
  const site = await startSite();
  const template = await waitingTemplate();
  const files = await makeTemplate({
    'main.tf.json': JSON.stringify({
      resource: { terraform_data: { only: { provisioner: { 'local-exec': { command: 'sleep 0.7; exit 7' } } } } },
    }),
  });
  const spec = buildSpec({ archive: files.archive });
  const data = await beginJob(site.coordinator, site.connection, spec, files);
  template.goOn();
  const run = join(site.dataDir, 'attempts', `${spec.job}-1`, 'run/apply');
  await expect.poll(() => existsSync(join(run, 'pids'))).toBe(true);
  await site.daemon.kill();
  await expect.poll(() => readFileSync(join(run, 'exit'), 'utf8')).toMatch(/^1 *\n/);
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome.error).toMatchObject({ code: 'engine_failed', message: /local-exec provisioner error/ });
  checkNumbers(data.log);
});

test('killed with its terraform, a daemon hands in the newest valid state and says what may be missing', async () => {
  const site = await startSite();
  const { data, run } = await beginApply(site);
  await site.daemon.kill();
  for (const pid of processesOf(run)) process.kill(pid, 'SIGKILL');
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome.error).toMatchObject({ code: 'engine_killed', hint: /may exist without being in the state/ });
  expect(stateOf(data, outcome.state?.digest).resources.map(({ name }) => name)).toContain('first');
  checkNumbers(data.log);
});

test('the empty state of an interrupted apply never gets anywhere: the last valid snapshot takes its place', async () => {
  const site = await startSite();
  const { data, run } = await beginApply(site);
  await expect.poll(() => [...data.uploads.values()]).toMatchObject([{ kind: 'snapshot' }]);
  await site.daemon.kill();
  process.kill(enginePid(run), 'SIGKILL');
  await expect.poll(() => readFileSync(join(run, 'exit'), 'utf8')).toMatch(/^137/);
  // What terraform leaves when it is killed between the truncation of its state and the writing.
  truncateSync(join(run, '../../work/terraform.tfstate'));
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome.error).toMatchObject({ code: 'engine_killed' });
  expect(stateOf(data, outcome.state?.digest).resources.map(({ name }) => name)).toEqual(['first']);
  expect(logText(data.log)).toContain('the state is taken from the last valid snapshot');
  expect([...data.uploads.values()].every(({ content }) => content.length > 0)).toBe(true);
});

test('killed while it uploads the state, a daemon hands in the same result when it is there again', async () => {
  const site = await startSite();
  const { goOn, data } = await beginApply(site, {}, await waitingTemplate(':', { large: largeOutput }));
  const uploading = new Promise<void>(resolve => {
    site.coordinator.intercept = (request, _, path) => {
      if (request.method !== 'PUT' || !path.startsWith('states/') || !request.url?.includes('kind=final')) return false;
      resolve();
      return true;
    };
  });
  goOn();
  await uploading;
  await expect
    .poll(() => existsSync(join(site.dataDir, 'attempts', site.attempts()[0] ?? '', 'finished.json')))
    .toBe(true);
  await site.daemon.kill();
  site.coordinator.intercept = () => false;
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome).toMatchObject({ error: null, result: true });
  expect(stateOf(data, outcome.state?.digest).resources).toHaveLength(2);
  expect(data.results).toHaveLength(2);
  checkNumbers(data.log);
});

test('killed between outcome and answer, a daemon says the same again; one that was settled says nothing', async () => {
  const site = await startSite();
  const { goOn, ref } = await beginApply(site);
  goOn();
  const { outcome } = await site.connection.next('terminal');
  await site.daemon.kill();
  const second = startDaemonProcess(site.coordinator, site.dataDir);
  const connection = await site.coordinator.connected();
  expect((await connection.next('terminal')).outcome).toEqual(outcome);
  await second.kill();
  site.coordinator.verdicts.set(`${ref.job}/1`, { verdict: 'settled' });
  const last = await site.again();
  await expect.poll(site.attempts).toEqual([]);
  expect(last.count('terminal')).toBe(0);
});

test('a cancel that came while the daemon was dead stops the apply when it is back', async () => {
  const site = await startSite();
  const { ref, data } = await beginApply(site);
  await site.daemon.kill();
  site.coordinator.verdicts.set(`${ref.job}/1`, { cancel: 'soft' });
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome.error).toMatchObject({ code: 'canceled', message: 'terraform apply was canceled' });
  expect(logText(data.log)).toContain('Interrupt received');
});

test('a cancel that the dead daemon had passed on is not passed on a second time, and counts', async () => {
  const site = await startSite();
  // The provisioner must outlive the first SIGINT for a while: terraform kills its shell, but waits for this pipe.
  const { ref, run } = await beginApply(site, { cancelGraceMs: 600_000 });
  const engine = enginePid(run);
  process.kill(engine, 'SIGSTOP');
  site.connection.send({ type: 'cancel', ...ref, mode: 'soft' });
  await expect.poll(() => existsSync(join(run, 'stop'))).toBe(true);
  await site.daemon.kill();
  site.coordinator.verdicts.set(`${ref.job}/1`, { cancel: 'soft' });
  const connection = await site.again();
  process.kill(engine, 'SIGCONT');
  expect((await connection.next('terminal')).outcome.error).toMatchObject({ code: 'canceled', hint: null });
  expect(readFileSync(join(run, 'stop'), 'utf8')).toBe('soft\n');
});

test('an attempt that was fenced while the daemon was dead ends its terraform, and hands in its state as salvage', async () => {
  const site = await startSite();
  const { ref, data } = await beginApply(site, { cancelGraceMs: 600_000 });
  await site.daemon.kill();
  site.coordinator.verdicts.set(`${ref.job}/1`, { verdict: 'fenced' });
  const connection = await site.again();
  await expect.poll(site.attempts).toEqual([]);
  const [salvage] = [...data.uploads.values()].filter(({ kind }) => kind === 'salvage');
  expect(JSON.parse(salvage?.content.toString() ?? '{}').resources).not.toEqual([]);
  expect(connection.count('terminal')).toBe(0);
});

test('what a daemon of another name or coordinator has left is not touched', async () => {
  const site = await startSite();
  const { ref, run, goOn } = await beginApply(site);
  await site.daemon.kill();
  const engine = enginePid(run);
  site.coordinator.verdicts.set(`${ref.job}/1`, { verdict: 'fenced' });

  const renamed = startDaemonProcess(site.coordinator, site.dataDir, { name: 'another' });
  expect((await site.coordinator.connected()).said.all[0]).toMatchObject({ attempts: [] });
  await renamed.kill();

  const owner = site.coordinator.daemonId;
  site.coordinator.daemonId = '00000000-0000-4000-8000-000000000001';
  const elsewhere = startDaemonProcess(site.coordinator, site.dataDir);
  await site.coordinator.connected();
  await elsewhere.log.take(({ msg }) => /it is not touched/.test(`${msg}`));
  await elsewhere.kill();
  expect(isRunning(engine)).toBe(true);
  expect(existsSync(join(run, 'stop'))).toBe(false);

  site.coordinator.daemonId = owner;
  site.coordinator.verdicts.clear();
  const connection = await site.again();
  goOn();
  expect((await connection.next('terminal')).outcome.error).toBeNull();
});

test('a daemon that leaves lets its terraform run on, for the next one', async () => {
  const site = await startSite();
  const { goOn, data, run } = await beginApply(site);
  site.daemon.process.kill('SIGUSR1');
  expect(await site.daemon.ended).toBe(0);
  expect(existsSync(join(site.dataDir, 'lock'))).toBe(false);
  expect(existsSync(join(run, 'stop'))).toBe(false);
  const connection = await site.again();
  goOn();
  expect((await connection.next('terminal')).outcome.error).toBeNull();
  checkNumbers(data.log);
});

test('a daemon whose key was taken from it works to the end, keeps the result, and ends; a good key hands it in', async () => {
  const site = await startSite();
  const { goOn, data } = await beginApply(site);
  site.coordinator.upgradeStatus = 401;
  site.connection.cut();
  await site.daemon.log.take(({ msg }) => /refuses this daemon; trying on/.test(`${msg}`));
  goOn();
  expect(await site.daemon.ended).toBe(3);
  site.coordinator.upgradeStatus = null;
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome).toMatchObject({ error: null, result: true });
  checkNumbers(data.log);
});

test('pids of another boot are nobody’s: their numbers are left alone', async () => {
  const site = await startSite();
  const { run, data } = await beginApply(site);
  await site.daemon.kill();
  const engine = enginePid(run);
  // Its supervisor still records how it ended, in the folder that is removed next.
  onTestFinished(async () => {
    const pids = processesOf(run);
    process.kill(engine, 'SIGKILL');
    await expect.poll(() => pids.filter(isRunning)).toEqual([]);
  });
  for (const [file, path] of [
    ['terms', join(run, 'terms')],
    ['journal', join(run, '../../journal')],
  ] as const) {
    const text = readFileSync(path, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    expect(text, file).toContain(boot);
    writeFileSync(path, text.replaceAll(boot, '11111111-2222-3333-4444-555555555555'));
  }
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome.error).toMatchObject({ code: 'engine_killed' });
  expect(stateOf(data, outcome.state?.digest).resources.map(({ name }) => name)).toContain('first');
  expect(isRunning(engine)).toBe(true);
});

test('a second daemon on one data directory is refused, and the first one notices nothing', async () => {
  const site = await startSite();
  const pid = site.daemon.process.pid;
  const options = { dataDir: site.dataDir, name: 'second' };
  await expect(startReal(options)).rejects.toMatchObject({
    code: 'data_dir_in_use',
    message: expect.stringContaining(`daemon tester holds it (process ${pid}`),
  });
});

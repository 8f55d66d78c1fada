import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { compile } from './double/daemonProcess.js';
import { heartbeatsFor } from './double/heartbeatsFor.js';
import { logText } from './double/logText.js';
import { beginApply, checkNumbers, enginePid, isRunning, startSite, stateOf } from './double/processSite.js';
import { buildSpec } from './double/specs.js';
import { beginJob, makeTemplate } from './double/startReal.js';
import { largeOutput, waitingTemplate } from './double/waitingTemplate.js';

beforeAll(compile);

/** Short enough to wait for; heartbeats renew it until there is nobody who sends them. */
const brief = { holdMs: 3_000, cancelGraceMs: 500 };
const startBeating = () => startSite({}, 50);

const ended = (run: string) => expect.poll(() => readFileSync(join(run, 'exit'), 'utf8')).toMatch(/^\d/);

const rungs = (run: string) => readFileSync(join(run, 'rungs'), 'utf8').match(/^(interrupt( \w+)?|plugins|kill)/gm);

test('the supervisor ends a terraform whose daemon is dead; the next daemon hands in what was kept', async () => {
  const site = await startBeating();
  const { run, data } = await beginApply(site, brief);
  await site.daemon.kill();
  await ended(run);
  expect(rungs(run)?.[0]).toBe('interrupt lease');
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome).toMatchObject({ error: { code: 'daemon_lost' }, result: true });
  expect(stateOf(data, outcome.state?.digest).resources.map(({ name }) => name)).toContain('first');
  expect(logText(data.log)).toContain('Interrupt received');
  checkNumbers(data.log);
});

test('a daemon that was stopped finds its terraform ended when it goes on, and hands that in', async () => {
  const site = await startBeating();
  const { run, data } = await beginApply(site, brief);
  site.daemon.process.kill('SIGSTOP');
  onTestFinished(() => void site.daemon.process.kill('SIGCONT'));
  await ended(run);
  site.daemon.process.kill('SIGCONT');
  const { outcome } = await site.connection.next('terminal');
  expect(outcome.error).toMatchObject({ code: 'daemon_lost' });
  checkNumbers(data.log);
});

test('a daemon that is cut off from its coordinator for longer than the hold has its terraform ended', async context => {
  const site = await startBeating();
  const { connection } = site;
  const { run } = await beginApply(site, brief);
  await heartbeatsFor(brief.holdMs, connection, context);
  // Heartbeats alone have kept it, for longer than the hold.
  expect(existsSync(join(run, 'rungs'))).toBe(false);
  // Nobody hears of the half-open connection for a while: it is the answers that count, not the connection.
  connection.silent = true;
  site.coordinator.upgradeStatus = 503;
  await ended(run);
  expect(rungs(run)?.[0]).toBe('interrupt lease');
  site.coordinator.upgradeStatus = null;
  const back = await site.coordinator.connected();
  expect((await back.next('terminal')).outcome.error).toMatchObject({ code: 'daemon_lost' });
});

test('what hangs is ended by the later rungs, with nobody there', async () => {
  const site = await startBeating();
  const { run, data } = await beginApply(site, brief);
  const engine = enginePid(run);
  await site.daemon.kill();
  // An engine that is stopped answers no SIGINT: as one does whose plugin hangs.
  process.kill(engine, 'SIGSTOP');
  await ended(run);
  expect(isRunning(engine)).toBe(false);
  expect(rungs(run)).toEqual(['interrupt lease', 'plugins', 'interrupt', 'kill']);
  const { outcome } = await (await site.again()).next('terminal');
  expect(outcome.error).toMatchObject({
    code: 'daemon_lost',
    hint: expect.stringContaining('without being in the state'),
  });
  expect(stateOf(data, outcome.state?.digest).resources.map(({ name }) => name)).toContain('first');
});

test('two terraforms never work on one workspace: the next attempt begins when the last one has been ended', async () => {
  const site = await startBeating();
  const lock = join(tempDir(), 'lock');
  const log = join(tempDir(), 'log');
  // Fails where another holds the lock; the lock is given up when the shell is killed, by the kernel.
  const command = `exec flock -n -E 9 ${lock} sh -c 'echo began >>${log}; sleep 2; echo ended >>${log}'`;
  const files = await makeTemplate({
    'main.tf.json': JSON.stringify({
      resource: { terraform_data: { a: { provisioner: { 'local-exec': { command } } } } },
    }),
  });
  const first = buildSpec({ archive: files.archive, ...brief });
  await beginJob(site.coordinator, site.connection, first, files);
  await expect.poll(() => existsSync(log)).toBe(true);
  const run = join(site.dataDir, 'attempts', `${first.job}-1`, 'run/apply');
  const engine = enginePid(run);
  await site.daemon.kill();
  // Given up and fenced meanwhile. The daemon that comes back holds the slot until the old one has ended.
  site.coordinator.verdicts.set(`${first.job}/1`, { verdict: 'fenced' });
  const connection = await site.again();
  const second = buildSpec({ archive: files.archive });
  const ref = { job: second.job, attempt: 1 };
  for (;;) {
    connection.send({
      ...{ type: 'offer', ...ref, jobType: 'workspace_build', archive: files.archive.digest },
      ...{ lockFile: null, expiresInMs: 5_000 },
    });
    const answer = await connection.said.take(({ type }) => type === 'accept' || type === 'decline');
    if (answer.type === 'accept') break;
    expect(answer).toMatchObject({ reason: 'every slot is busy' });
  }
  expect(isRunning(engine)).toBe(false);
  site.coordinator.attempt(second.token).archive = files.content;
  connection.send({ type: 'accepted', spec: second, gateOpen: true });
  expect((await connection.next('terminal')).outcome.error).toBeNull();
});

test('a coordinator that answers nothing but that it is not available loses nothing', async () => {
  const site = await startSite();
  const { goOn, data } = await beginApply(
    site,
    {},
    await waitingTemplate('i=$((i+1)); echo line $i', { large: largeOutput }),
  );
  let answers = 0;
  site.coordinator.intercept = (request, response) => {
    request.resume();
    answers += 1;
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end('{"code":"unavailable","message":"the database does not answer"}');
    return true;
  };
  const error = { code: 'unavailable' as const, message: 'the database does not answer', hint: null, fields: null };
  site.coordinator.refusal = { error, final: false };
  site.connection.cut();
  goOn();
  await expect.poll(() => answers).toBeGreaterThan(20);
  expect(data.results).toEqual([]);
  site.coordinator.refusal = null;
  site.coordinator.intercept = () => false;
  const connection = await site.coordinator.connected();
  expect((await connection.next('terminal')).outcome).toMatchObject({ error: null, result: true });
  const lines = [...logText(data.log).matchAll(/^line (\d+)$/gm)].map(match => Number(match[1]));
  expect(lines).toEqual(lines.map((_, at) => at + 1));
  checkNumbers(data.log);
});

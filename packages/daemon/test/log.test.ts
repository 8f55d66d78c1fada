import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LogEntry, limits } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { AttemptLog, type NewLogEntry } from '../src/logs/attemptLog.js';
import { sendError } from './double/attemptServer.js';
import { startApi } from './double/startApi.js';

const never = new AbortController().signal;

const line = (text: string): NewLogEntry => {
  return { kind: 'text', source: 'engine', level: 'info', text, address: null };
};

const onDiskTrouble = () => undefined;

async function startLog(gatherMs = 5) {
  const started = await startApi();
  const path = join(tempDir(), 'log');
  const log = new AttemptLog({
    path,
    begin: 'anew',
    send: batch => started.api.appendLog(batch, never),
    gatherMs,
    onDiskTrouble,
  });
  onTestFinished(() => log.close());
  return { ...started, log, path };
}

test('entries arrive numbered, in order and with their phase', async () => {
  const { log, data } = await startLog(60_000);
  log.add({ kind: 'phase' });
  await log.flush();
  log.phase = 'apply';
  log.add(line('one'));
  log.add(line('two'));
  await log.flush();
  expect(data.log).toMatchObject([
    { n: 1, phase: 'fetch', kind: 'phase' },
    { n: 2, phase: 'apply', text: 'one' },
    { n: 3, phase: 'apply', text: 'two' },
  ]);
  expect(data.batches).toBe(2);
});

test('a flush without entries has nothing to wait for', async () => {
  const { log, data } = await startLog();
  await log.flush();
  log.add({ kind: 'phase' });
  await log.flush();
  await log.flush();
  expect(data.log).toHaveLength(1);
});

test('an entry that comes in the very moment when the last one was acknowledged is sent too', async () => {
  for (let moment = 0; moment < 12; moment++) {
    let stored = 0;
    const send = async (batch: string) => {
      stored = JSON.parse(batch).entries.at(-1).n;
      return stored;
    };
    const log = new AttemptLog({ path: join(tempDir(), 'log'), begin: 'anew', send, gatherMs: 60_000, onDiskTrouble });
    log.add(line('one'));
    void log.flush();
    for (let steps = 0; steps < moment; steps++) await null;
    log.add(line('two'));
    await log.flush();
    expect(stored).toBe(2);
    log.close();
  }
});

test('batches that are lost on their way, or whose answer is, arrive once and in order', async () => {
  const { coordinator, log, data } = await startLog();
  let requests = 0;
  coordinator.intercept = (_, response) => {
    requests += 1;
    // Every third is cut before it is read, every third after it was stored.
    if (requests % 3 === 1) return Boolean(response.destroy());
    if (requests % 3 === 2) response.end = () => response.destroy() as typeof response;
    return false;
  };
  for (let n = 1; n <= 400; n++) {
    log.add(line(`${n} ${'x'.repeat(4_000)}`));
    if (n % 50 === 0) await new Promise(resolve => setImmediate(resolve));
  }
  await log.flush();
  expect(data.log.map(entry => entry.n)).toEqual(Array.from({ length: 400 }, (_, at) => at + 1));
  expect(requests).toBeGreaterThan(6);
});

test('one batch is on its way at a time, none larger than what a request may be', async () => {
  const { coordinator, log, data } = await startLog();
  let open = 0;
  let most = 0;
  const sizes: number[] = [];
  coordinator.intercept = (request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.on('close', () => {
      open -= 1;
    });
    sizes.push(Number(request.headers['content-length']));
    return false;
  };
  for (let n = 1; n <= 3_000; n++) log.add(line('y'.repeat(1_000)));
  await log.flush();
  expect(data.log).toHaveLength(3_000);
  expect(most).toBe(1);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.logBatchBytes);
});

test('an entry that is larger than a batch goes alone', async () => {
  const { log, data } = await startLog();
  log.add(line('small'));
  log.add(line('"'.repeat(200_000)));
  log.add(line('small'));
  await log.flush();
  expect(data.log.map(entry => (entry.kind === 'text' ? entry.text.length : 0))).toEqual([5, 200_000, 5]);
});

test('what is not acknowledged waits on disk', async () => {
  const { coordinator, log, data, path } = await startLog();
  const { port } = coordinator;
  await coordinator.stop();
  for (let n = 1; n <= 2_000; n++) log.add(line('z'.repeat(1_000)));
  const flushed = log.flush();
  expect(readFileSync(path, 'utf8').match(/^\{/gm)).toHaveLength(2_000);
  await coordinator.listen(port);
  await flushed;
  expect(data.log).toHaveLength(2_000);
});

test('a disk that takes nothing keeps no entry from the coordinator, and is told of', async () => {
  const { api, data } = await startApi();
  const troubles: unknown[] = [];
  const options = { path: '/dev/full', send: (batch: string) => api.appendLog(batch, never), gatherMs: 5 };
  const log = new AttemptLog({ ...options, begin: 'anew', onDiskTrouble: error => troubles.push(error) });
  onTestFinished(() => log.close());
  for (let n = 1; n <= 1_000; n++) log.add(line('f'.repeat(1_000)));
  await log.flush();
  log.add(line('last'));
  await log.flush();
  expect(data.log.map(entry => entry.n)).toEqual(Array.from({ length: 1_001 }, (_, at) => at + 1));
  expect(troubles).toEqual([expect.objectContaining({ code: 'ENOSPC' })]);
});

test('when neither disk nor coordinator takes anything, memory is bounded, the newest is kept and the rest is counted', async () => {
  const { coordinator, api, data } = await startApi();
  const { port } = coordinator;
  await coordinator.stop();
  const options = { path: '/dev/full', send: (batch: string) => api.appendLog(batch, never), gatherMs: 5 };
  const log = new AttemptLog({ ...options, begin: 'anew', onDiskTrouble });
  onTestFinished(() => log.close());
  for (let n = 1; n <= 14_000; n++) log.add(line(`${n} ${'f'.repeat(1_000)}`));
  await coordinator.listen(port);
  await log.flush();
  expectHeadAndTail(data.log, 14_000);
});

const MiB = 1024 * 1024;

test('what waits for a coordinator that is away is bounded on disk, and given back to the disk when it has arrived', async () => {
  const { coordinator, api, data } = await startApi();
  const { port } = coordinator;
  const path = join(tempDir(), 'log');
  const options = { path, send: (batch: string) => api.appendLog(batch, never), gatherMs: 5, onDiskTrouble };
  const log = new AttemptLog({ ...options, begin: 'anew', waitingBytes: 12 * MiB });
  onTestFinished(() => log.close());
  await coordinator.stop();
  for (let n = 1; n <= 20_000; n++) log.add(line(`${n} ${'w'.repeat(1_000)}`));
  expect(statSync(path).size).toBeLessThan(13 * MiB);
  await coordinator.listen(port);
  await log.flush();
  expectHeadAndTail(data.log, 20_000);
  // It is freed in large steps.
  await expect.poll(() => statSync(path).blocks * 512).toBeLessThan(8 * MiB);

  // A later process finds what is there, and goes on with the numbers.
  log.close();
  const again = new AttemptLog({ ...options, begin: 'again' });
  onTestFinished(() => again.close());
  again.add(line('after'));
  await again.flush();
  expect(data.log.map(entry => entry.n)).toEqual(data.log.map((_, at) => at + 1));
  expect(data.log.at(-1)).toMatchObject({ text: 'after' });
});

/** The first and the last of numbered lines, and between them how many are missing. */
function expectHeadAndTail(log: readonly LogEntry[], count: number): void {
  expect(log.map(entry => entry.n)).toEqual(log.map((_, at) => at + 1));
  const texts = log.map(entry => (entry.kind === 'text' ? entry.text : ''));
  const at = texts.findIndex(text => text.includes('were dropped here'));
  const dropped = Number(texts[at]?.split(' ')[0]);
  const numbers = texts.filter((_, index) => index !== at).map(text => Number(text.split(' ')[0]));
  expect(dropped).toBe(count - numbers.length);
  expect(dropped).toBeGreaterThan(1_000);
  expect(numbers).toEqual(numbers.map((_, index) => (index < at ? index + 1 : index + 1 + dropped)));
  expect(numbers.at(-1)).toBe(count);
}

test('a coordinator that has lost entries gets them again', async () => {
  const { log, data } = await startLog();
  log.add(line('one'));
  await log.flush();
  log.add(line('two'));
  await log.flush();
  data.log.splice(0);
  log.add(line('three'));
  await log.flush();
  expect(data.log.map(entry => entry.n)).toEqual([1, 2, 3]);
});

test('a log that is refused for good says so at its flush, and is not sent any more', async () => {
  const { coordinator, log } = await startLog();
  coordinator.intercept = (_, response) => {
    sendError(response, 'fenced');
    return true;
  };
  log.add(line('one'));
  await expect(log.flush()).rejects.toMatchObject({ code: 'fenced' });
  log.add(line('two'));
  await expect(log.flush()).rejects.toMatchObject({ code: 'fenced' });
  expect(coordinator.requests).toHaveLength(1);
});

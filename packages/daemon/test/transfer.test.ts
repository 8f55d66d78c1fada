import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import type { StateFile } from '../src/transfer/attemptApi.js';
import { sendError } from './double/attemptServer.js';
import { startApi } from './double/startApi.js';

const never = new AbortController().signal;
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

function stateFile(content: Buffer): StateFile {
  const path = join(tempDir(), 'state');
  writeFileSync(path, content);
  return { path, digest: sha256(content), sizeBytes: content.length, serial: 3, lineage: 'some-lineage' };
}

test('a download that breaks off goes on where it was', async () => {
  const { coordinator, api, data, retries } = await startApi();
  data.archive = randomBytes(300_000);
  const ranges: (string | undefined)[] = [];
  coordinator.intercept = (request, response) => {
    ranges.push(request.headers.range);
    if (ranges.length > 1) return false;
    response.writeHead(200, { 'content-length': 300_000 });
    response.write(data.archive.subarray(0, 100_000), () => response.destroy());
    return true;
  };
  const file = join(tempDir(), 'archive');
  await api.downloadArchive(file, { digest: sha256(data.archive), sizeBytes: 300_000 }, never);
  expect(readFileSync(file).equals(data.archive)).toBe(true);
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  expect(retries.map(error => error.code)).toEqual(['unreachable']);
});

test('a server without ranges sends the whole again', async () => {
  const { coordinator, api, data } = await startApi();
  data.state = randomBytes(1000);
  let requests = 0;
  coordinator.intercept = (_, response) => {
    requests += 1;
    response.writeHead(200, { 'content-length': 1000 });
    if (requests === 1) response.write(data.state.subarray(0, 400), () => response.destroy());
    else response.end(data.state);
    return true;
  };
  const file = join(tempDir(), 'state');
  const state = { digest: sha256(data.state), sizeBytes: 1000, serial: 1, lineage: 'x' };
  await api.downloadState(file, state, never);
  expect(readFileSync(file)).toEqual(data.state);
});

test('content that arrives damaged is fetched again; content that is another is refused in the end', async () => {
  const { coordinator, api, data } = await startApi();
  const right = randomBytes(1000);
  data.archive = randomBytes(1000);
  coordinator.intercept = () => {
    if (coordinator.requests.length === 2) data.archive = right;
    return false;
  };
  const wanted = { digest: sha256(right), sizeBytes: 1000 };
  await api.downloadArchive(join(tempDir(), 'a'), wanted, never);
  expect(coordinator.requests).toHaveLength(2);

  data.archive = randomBytes(1000);
  const refused = api.downloadArchive(join(tempDir(), 'a'), wanted, never);
  await expect(refused).rejects.toMatchObject({ code: 'digest_mismatch' });
  expect(coordinator.requests).toHaveLength(5);
  data.archive = randomBytes(5_000_000);
  const file = join(tempDir(), 'a');
  await expect(api.downloadArchive(file, wanted, never)).rejects.toMatchObject({ code: 'digest_mismatch' });
  expect(readFileSync(file).length).toBeLessThanOrEqual(1000);
});

test('an upload that is cut in the middle goes on where it was', async () => {
  const { coordinator, api, data } = await startApi();
  const content = randomBytes(2_000_000);
  data.cutUploadAfter = 700_000;
  const state = stateFile(content);
  await api.uploadState(state, 'final', never);
  const { content: received, ...rest } = data.uploads.get(state.digest) ?? {};
  expect(received?.equals(content)).toBe(true);
  expect(rest).toEqual({ kind: 'final', serial: 3, lineage: 'some-lineage', size: 2_000_000, complete: true });
  const path = `states/${state.digest}`;
  expect(coordinator.requests).toEqual([`PUT ${path}`, `GET ${path}`, `PUT ${path}`]);
});

test('an upload whose answer was lost is not sent again', async () => {
  const { coordinator, api, data } = await startApi();
  const state = stateFile(randomBytes(1000));
  coordinator.intercept = (request, response) => {
    if (coordinator.requests.length === 1) {
      response.end = () => response.destroy() as typeof response;
      request.on('end', () => undefined);
    }
    return false;
  };
  await api.uploadState(state, 'final', never);
  expect(data.uploads.get(state.digest)?.complete).toBe(true);
  expect(coordinator.requests.map(request => request.slice(0, 3))).toEqual(['PUT', 'GET']);
});

test('an upload that arrives damaged is sent again from its beginning', async () => {
  const { coordinator, api, data } = await startApi();
  const content = randomBytes(1000);
  const state = stateFile(content);
  coordinator.intercept = () => {
    if (coordinator.requests.length > 1) return false;
    data.uploads.set(state.digest, {
      kind: 'final',
      serial: 3,
      lineage: 'some-lineage',
      size: 1000,
      content: randomBytes(400),
      complete: false,
    });
    return false;
  };
  await api.uploadState(state, 'final', never);
  expect(data.uploads.get(state.digest)?.content).toEqual(content);
});

test('a coordinator that is away, overloaded or knows the token not yet is asked again', async () => {
  const { coordinator, api, data, retries } = await startApi();
  const result = {
    type: 'workspace_build' as const,
    engine: { name: 'tofu' as const, version: '1.8.0' },
    resources: [],
    outputs: [],
  };
  const { port } = coordinator;
  await coordinator.stop();
  const sent = api.uploadResult(result, never);
  await expect.poll(() => retries.length).toBeGreaterThan(1);
  coordinator.intercept = (_, response) => {
    if (coordinator.requests.length > 1) return false;
    response.writeHead(503, { 'content-type': 'text/html' }).end('<html>');
    return true;
  };
  coordinator.attempts.clear();
  await coordinator.listen(port);
  await expect.poll(() => retries.at(-1)?.code).toBe('unauthenticated');
  expect(retries.map(error => error.code)).toContain('unavailable');
  api.token = 'newer';
  coordinator.attempts.set('newer', data);
  await sent;
  expect(data.results).toEqual([result]);
});

test('a refusal for good is thrown, and an abandoned request ends', async () => {
  const { coordinator, api } = await startApi();
  coordinator.intercept = (_, response) => {
    sendError(response, 'fenced');
    return true;
  };
  await expect(api.uploadState(stateFile(randomBytes(3_000_000)), 'final', never)).rejects.toMatchObject({
    code: 'fenced',
  });
  coordinator.intercept = () => true;
  const aborter = new AbortController();
  const asked = api.appendLog('{"entries":[]}', aborter.signal);
  await expect.poll(() => coordinator.requests.length).toBe(2);
  aborter.abort(new Error('nobody waits'));
  await expect(asked).rejects.toThrow('nobody waits');
});

test('an exchange that stands still counts as broken', async () => {
  const { coordinator, api, data, retries } = await startApi(50);
  data.archive = randomBytes(1000);
  coordinator.intercept = (_, response) => {
    if (coordinator.requests.length > 1) return false;
    response.writeHead(200, { 'content-length': 1000 });
    response.write(data.archive.subarray(0, 10));
    return true;
  };
  await api.downloadArchive(join(tempDir(), 'a'), { digest: sha256(data.archive), sizeBytes: 1000 }, never);
  expect(retries).toHaveLength(1);
});

test('what is over the limits is refused before it is sent', async () => {
  const { coordinator, api } = await startApi();
  const state = { ...stateFile(Buffer.alloc(1)), sizeBytes: 256 * 1024 * 1024 + 1 };
  await expect(api.uploadState(state, 'final', never)).rejects.toMatchObject({ code: 'limit_exceeded' });
  const result = {
    type: 'workspace_build' as const,
    engine: { name: 'tofu' as const, version: '1.8.0' },
    resources: [],
    outputs: [{ name: 'large', type: 'string', value: 'x'.repeat(16 * 1024 * 1024), sensitive: false }],
  };
  await expect(api.uploadResult(result, never)).rejects.toMatchObject({ code: 'limit_exceeded' });
  expect(coordinator.requests).toEqual([]);
});

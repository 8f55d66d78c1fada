import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createClient, uploadFile } from '../src/index.js';
import { answerJson, deadAddress, noBackoff, readBody, serve } from './serve.js';

const content = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
const digest = createHash('sha256').update(content).digest('hex');

test('content goes up in slices, with its progress, and arrives whole', async () => {
  const store = fileStore();
  const client = createClient({ url: await serve(store.handle) });
  const progress: number[] = [];
  const sent = await uploadFile(client, {
    digest,
    content: new Blob([content]),
    sliceBytes: 400,
    onProgress: received => progress.push(received),
  });
  expect(sent).toBe(1000);
  expect(progress).toEqual([0, 400, 800, 1000]);
  expect(store.received().equals(content)).toBe(true);
});

test('what the coordinator has already is not sent again', async () => {
  const store = fileStore(content);
  const client = createClient({ url: await serve(store.handle) });
  expect(await uploadFile(client, { digest, content: new Blob([content]) })).toBe(0);
  expect(store.puts()).toBe(0);
});

test('an upload goes on where an earlier one ended', async () => {
  const store = fileStore(content.subarray(0, 700));
  const client = createClient({ url: await serve(store.handle) });
  expect(await uploadFile(client, { digest, content: new Blob([content]) })).toBe(300);
  expect(store.received().equals(content)).toBe(true);
});

test('a connection cut in the middle is taken up from what has arrived', async () => {
  let cut = false;
  const store = fileStore();
  const url = await serve(async (request, response) => {
    if (request.method === 'PUT' && !cut) {
      cut = true;
      // Half of the slice arrives, then the connection is gone.
      store.append((await readBody(request)).subarray(0, 150));
      request.socket.destroy();
    } else await store.handle(request, response);
  });
  const client = createClient({ url });
  await uploadFile(client, { digest, content: new Blob([content]), sliceBytes: 300, backoff: noBackoff });
  expect(cut).toBe(true);
  expect(store.received().equals(content)).toBe(true);
});

test('a refusal ends the upload at once', async () => {
  let puts = 0;
  const url = await serve((request, response) => {
    if (request.method === 'GET') return answerJson(response, 200, { receivedBytes: 0, complete: false });
    puts++;
    request.resume();
    answerJson(response, 413, { code: 'limit_exceeded', message: 'too large' });
  });
  await expect(
    uploadFile(createClient({ url }), { digest, content: new Blob([content]), backoff: noBackoff }),
  ).rejects.toMatchObject({ code: 'limit_exceeded' });
  expect(puts).toBe(1);
});

test('a coordinator that stays away is given up after a few tries', async () => {
  const dead = createClient({ url: await deadAddress() });
  await expect(uploadFile(dead, { digest, content: new Blob([content]), backoff: noBackoff })).rejects.toMatchObject({
    code: 'unreachable',
  });

  let puts = 0;
  const url = await serve((request, response) => {
    if (request.method === 'GET') return answerJson(response, 200, { receivedBytes: 0, complete: false });
    puts++;
    request.socket.destroy();
  });
  await expect(
    uploadFile(createClient({ url }), { digest, content: new Blob([content]), backoff: noBackoff }),
  ).rejects.toMatchObject({ code: 'unreachable' });
  expect(puts).toBe(5);
});

/** The two file routes over a buffer, with the coordinator's rule that an offset must be what has arrived. */
function fileStore(begin: Buffer = Buffer.alloc(0)) {
  let received = begin;
  let puts = 0;
  const status = () => ({ receivedBytes: received.length, complete: received.length === content.length });
  return {
    received: () => received,
    puts: () => puts,
    append: (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
    },
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      if (request.method === 'GET') return answerJson(response, 200, status());
      puts++;
      const query = new URL(request.url ?? '', 'http://x').searchParams;
      const body = await readBody(request);
      if (Number(query.get('offset')) !== received.length) {
        return answerJson(response, 409, { code: 'range_mismatch', message: 'not there' });
      }
      received = Buffer.concat([received, body]);
      answerJson(response, 200, status());
    },
  };
}

import { routes } from '@berth/protocol';
import { expect, test } from 'vitest';
import { createClient, download } from '../src/index.js';
import { noBackoff, serve } from './serve.js';

const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251));
const parts = { params: { version: 'v' } };

test('bytes arrive as they are, with the size known before', async () => {
  const url = await serve((_, response) => response.writeHead(200, { 'content-length': content.length }).end(content));
  const { sizeBytes, bytes } = await download(createClient({ url }), routes.downloadVersion, parts);
  expect(sizeBytes).toBe(content.length);
  expect((await collect(bytes)).equals(content)).toBe(true);
});

test('a download that is cut goes on at the byte where it ended', async () => {
  const ranges: (string | undefined)[] = [];
  const conditions: (string | string[] | undefined)[] = [];
  const url = await serve((request, response) => {
    ranges.push(request.headers.range);
    conditions.push(request.headers['if-range']);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? 'bytes=0-')?.[1]);
    response.writeHead(from === 0 ? 200 : 206, { etag: '"a"', 'content-length': content.length - from });
    // Each answer breaks off after 20,000 bytes.
    response.write(content.subarray(from, from + 20_000), () => {
      if (from + 20_000 < content.length) response.destroy();
      else response.end();
    });
  });
  const { bytes } = await download(createClient({ url }), routes.downloadVersion, parts, noBackoff);
  expect((await collect(bytes)).equals(content)).toBe(true);
  expect(ranges).toEqual([undefined, 'bytes=20000-', 'bytes=40000-']);
  expect(conditions).toEqual([undefined, '"a"', '"a"']);
});

test('a cut download is not mended with other content', async () => {
  let asked = 0;
  const url = await serve((_, response) => {
    response.writeHead(200, { etag: `"${asked++}"`, 'content-length': content.length });
    response.write(content.subarray(0, 10), () => response.destroy());
  });
  const { bytes } = await download(createClient({ url }), routes.downloadVersion, parts, noBackoff);
  await expect(collect(bytes)).rejects.toMatchObject({ code: 'unreachable' });
});

test('a cut download of what is made for one answer is not asked for a second time', async () => {
  let asked = 0;
  const url = await serve((_, response) => {
    asked++;
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 10), () => response.destroy());
  });
  const { bytes } = await download(createClient({ url }), routes.backup, {}, noBackoff);
  await expect(collect(bytes)).rejects.toMatchObject({ code: 'unreachable', hint: 'Start it again.' });
  expect(asked).toBe(1);
});

test('a cut download of unknown size is an error and not a short file', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.write(content.subarray(0, 10), () => response.destroy());
  });
  const { sizeBytes, bytes } = await download(createClient({ url }), routes.downloadVersion, parts, noBackoff);
  expect(sizeBytes).toBeNull();
  await expect(collect(bytes)).rejects.toMatchObject({ code: 'unreachable' });
});

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

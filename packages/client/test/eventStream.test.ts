import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvents, type ServerEvent } from '../src/eventStream.js';

const stream = [
  ': hello\n',
  'event: log\nid: 1\ndata: {"a":1}\n\n',
  'data: two\r\ndata: lines\r\n\r\n',
  'event:end\rdata\r\r',
  'id: 9\n\n',
  'event: log\ndata: ü€😀\n\n',
  'data: never ended',
].join('');

const events: ServerEvent[] = [
  { type: 'log', data: '{"a":1}', id: '1' },
  { type: 'message', data: 'two\nlines', id: '1' },
  { type: 'end', data: '', id: '1' },
  { type: 'log', data: 'ü€😀', id: '9' },
];

test('events are read by the rules of server-sent events', async () => {
  expect(await read([Buffer.from(stream)])).toEqual(events);
});

test('the same events come out wherever the stream is cut into pieces', async () => {
  const bytes = Buffer.from(stream);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length })), async cuts => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
      expect(await read(pieces)).toEqual(events);
    }),
    { numRuns: 300 },
  );
});

test('every piece counts as a sign of life, comments too', async () => {
  let heard = 0;
  for await (const _ of readEvents(pieces([Buffer.from(': a\n'), Buffer.from(': b\n')]), () => heard++));
  expect(heard).toBe(2);
});

async function read(bytes: Uint8Array[]): Promise<ServerEvent[]> {
  const found: ServerEvent[] = [];
  for await (const event of readEvents(pieces(bytes))) found.push(event);
  return found;
}

async function* pieces(bytes: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* bytes;
}

import { limits, routes, type ToCoordinator } from '@berth/protocol';
import { expect, test } from 'vitest';
import { type TestCoordinator, testCoordinator } from './support/coordinator.js';
import { TestDaemon } from './support/daemon.js';

test.each([
  ['that is not JSON', 'hello there'],
  ['of JSON that is no object', '42'],
  ['of an unknown type', '{"type":"sing"}'],
  ['of a known type without what it needs', '{"type":"accept"}'],
  ['that says hello again', JSON.stringify({ type: 'hello' })],
  ['of octets', Buffer.from('{"type":"heartbeat","seq":1,"attempts":[]}')],
])('a frame %s: a problem is told and the socket closed, and nobody else notices', async (_, frame) => {
  const setup = await testCoordinator();
  const [bad, good] = [await setup.daemon({ name: 'bad' }), await setup.daemon({ name: 'good' })];
  bad.sendRaw(frame);
  expect(await bad.next('problem')).toMatchObject({ error: { code: 'invalid_request' }, retry: false, about: null });
  expect((await bad.closed).code).toBe(4000);
  await good.heartbeat();
  expect((await setup.daemon({ name: 'bad' })).id).toBe(bad.id);
});

test('a frame that is too large is not read, and the socket closed', async () => {
  const setup = await testCoordinator();
  const [bad, good] = [await setup.daemon({ name: 'bad' }), await setup.daemon({ name: 'good' })];
  bad.sendRaw(`"${'x'.repeat(limits.frameBytes)}"`);
  expect((await bad.closed).code).toBe(1009);
  await good.heartbeat();
});

test('before the hello nothing else counts', async () => {
  const early = await opened(await testCoordinator());
  early.send({ type: 'heartbeat', seq: 1, attempts: [] });
  expect(await early.next('problem')).toMatchObject({
    error: { message: expect.stringContaining('before the hello') },
  });
  expect((await early.closed).code).toBe(4000);
});

test('who says no hello is sent away, and may come again', async () => {
  const silent = await opened(await testCoordinator({ timings: { helloMs: 50 } }));
  expect(await silent.next('refused')).toMatchObject({ final: false });
  expect((await silent.closed).code).toBe(4003);
});

test('many messages at once are answered in their order', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const count = 500;
  for (let seq = 1; seq <= count; seq++) daemon.send({ type: 'heartbeat', seq, attempts: [] });
  const acks: number[] = [];
  while (acks.length < count) acks.push((await daemon.next('heartbeat_ack')).seq);
  expect(acks).toEqual(Array.from({ length: count }, (_, i) => i + 1));
});

test('a daemon that gives no sign of life is cut, one that only answers pings is not', async () => {
  const setup = await testCoordinator({ timings: { pingMs: 250 } });
  const [frozen, quiet] = [await setup.daemon({ name: 'frozen' }), await setup.daemon({ name: 'quiet' })];
  frozen.freeze();
  const params = { organization: setup.organization };
  let online = true;
  while (online) {
    const { items } = await setup.owner.call(routes.listDaemons, { params });
    online = items.some(({ name, status }) => name === 'frozen' && status !== 'offline');
  }
  await quiet.heartbeat();
});

test("a message about an attempt that is not the daemon's is fenced; the job is unharmed", async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const ref = { job: '11111111-2222-4333-8444-555555555555', attempt: 1 };
  const messages: ToCoordinator[] = [
    { type: 'accept', ...ref, openGate: true },
    { type: 'open_gate', ...ref },
    { type: 'progress', ...ref, phase: 'init' },
    { type: 'hand_back', ...ref, reason: 'stopping' },
    { type: 'terminal', ...ref, outcome: { error: null, state: null, result: false } },
  ];
  for (const message of messages) {
    daemon.send(message);
    expect(await daemon.next('fenced')).toMatchObject(ref);
  }
  expect(await daemon.heartbeat([ref])).toMatchObject({ attempts: [{ ...ref, verdict: 'fenced' }] });
});

async function opened(setup: TestCoordinator): Promise<TestDaemon> {
  const result = await TestDaemon.open(setup.url, { psk: setup.psk });
  if (!('daemon' in result)) throw new Error('refused');
  return result.daemon;
}

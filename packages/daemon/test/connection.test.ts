import { expect, test } from 'vitest';
import { parseAddress } from '../src/connection/address.js';
import { checkOptions } from '../src/options.js';
import { logLines } from './double/logLines.js';
import { buildSpec, offerOf } from './double/specs.js';
import { startScripted } from './double/startScripted.js';
import { TEST_PSK } from './double/testCoordinator.js';

test('a daemon says who it is, and logs whom it has reached', async () => {
  const { coordinator, log } = await startScripted({
    tags: { environment: 'on_prem' },
    slots: 2,
    organization: 'research',
    prepare: coordinator => {
      coordinator.notices = ['a provisioner PSK is preferred'];
    },
  });
  const connection = await coordinator.connected();
  expect(connection.said.all[0]).toMatchObject({
    type: 'hello',
    protocol: 1,
    name: 'tester',
    organization: 'research',
    tags: { environment: 'on_prem' },
    slots: 2,
    engine: { name: 'terraform', version: '1.11.4' },
    platform: 'linux_amd64',
    sandbox: 'none',
    attempts: [],
  });
  coordinator.heartbeatMs = 1;
  connection.cut();
  await (await coordinator.connected()).next('heartbeat');
  expect(log.saying('successfully connected')[0]).toMatchObject({
    coordinator: coordinator.url,
    name: 'tester',
    organization: 'research',
    tags: 'environment=on_prem scope=organization',
    version: '0.1.0',
    engine: 'terraform 1.11.4',
  });
  expect(log.saying('a provisioner PSK is preferred')).not.toEqual([]);
});

test('a user token travels as a bearer token', async () => {
  const { coordinator } = await startScripted({ credential: { token: 'berth_ses_abc' } });
  const { headers } = await coordinator.connected();
  expect(headers.authorization).toBe('Bearer berth_ses_abc');
  expect(headers['berth-provisioner-psk']).toBeUndefined();
});

test('a wrong PSK ends the daemon with exit code 3 and the reason', async () => {
  const { daemon, log } = await startScripted({ credential: { psk: 'wrong' } });
  expect(await daemon.done).toMatchObject({
    exitCode: 3,
    reason: 'the coordinator refused this daemon: no such key',
    error: { code: 'psk_refused' },
  });
  expect(log.saying(/trying on/)).toEqual([]);
});

test.each([401, 403])('status %d without a body of ours ends the daemon too', async status => {
  const { daemon } = await startScripted({
    prepare: coordinator => {
      coordinator.upgradeStatus = status;
    },
  });
  expect(await daemon.done).toMatchObject({ exitCode: 3, reason: expect.stringContaining(`${status}`) });
});

test('a final refusal ends the daemon, any other does not', async () => {
  const error = { code: 'daemon_name_taken' as const, message: 'tester is connected', hint: null, fields: null };
  const { coordinator, daemon, log } = await startScripted({
    prepare: coordinator => {
      coordinator.refusal = { error, final: false };
    },
  });
  await expect.poll(() => log.saying('could not connect to the coordinator').length).toBeGreaterThan(2);
  coordinator.refusal = { error, final: true };
  expect(await daemon.done).toMatchObject({ exitCode: 3, reason: expect.stringContaining('tester is connected') });
});

test('a refused daemon with work goes on trying, and ends with code 3 when the work has', async () => {
  const { coordinator, daemon, jobs, log } = await startScripted();
  const connection = await coordinator.connected();
  const spec = buildSpec();
  connection.send(offerOf(spec));
  await connection.next('accept');
  connection.send({ type: 'accepted', spec, gateOpen: false });
  const { job } = await jobs.take(() => true);
  await job.started;
  coordinator.upgradeStatus = 401;
  connection.cut();
  await expect.poll(() => log.saying(/refuses this daemon; trying on/).length).toBeGreaterThan(2);
  job.finish({ error: null, state: null, result: false });
  expect(await daemon.done).toMatchObject({ exitCode: 3 });
  expect(await job.closed).toBe('abandoned');
});

test('a key that was replaced while the daemon has work is taken at the next try', async () => {
  let psk = TEST_PSK;
  const { coordinator, jobs, daemon, log } = await startScripted({ credential: () => ({ psk }) });
  const connection = await coordinator.connected();
  const spec = buildSpec();
  connection.send(offerOf(spec));
  await connection.next('accept');
  connection.send({ type: 'accepted', spec, gateOpen: false });
  await (await jobs.take(() => true)).job.started;
  psk = 'an old one';
  connection.cut();
  await expect.poll(() => log.saying(/refuses this daemon; trying on/).length).toBeGreaterThan(2);
  psk = TEST_PSK;
  expect((await coordinator.connected()).said.all[0]).toMatchObject({ attempts: [{ job: spec.job, attempt: 1 }] });
  expect(daemon.name).toBe('tester');
});

test('a daemon comes back when the coordinator does, and names the attempts that it holds', async () => {
  const { coordinator, jobs } = await startScripted();
  const connection = await coordinator.connected();
  const spec = buildSpec();
  connection.send(offerOf(spec));
  await connection.next('accept');
  connection.send({ type: 'accepted', spec, gateOpen: false });
  await (await jobs.take(() => true)).job.started;
  const { port } = coordinator;
  await coordinator.stop();
  await coordinator.listen(port);
  const second = await coordinator.connected();
  expect(second.said.all[0]).toMatchObject({ attempts: [{ job: spec.job, attempt: 1 }] });
});

test('a coordinator that falls silent is left and sought again', async () => {
  const { coordinator, log } = await startScripted({
    prepare: coordinator => {
      coordinator.heartbeatMs = 5;
    },
  });
  const connection = await coordinator.connected();
  for (let answered = 0; answered < 5; answered++) await connection.next('heartbeat');
  connection.silent = true;
  await coordinator.connected();
  expect(log.saying('lost the connection to the coordinator')[0]).toMatchObject({
    error: 'the coordinator was silent for 3 heartbeats',
  });
});

test.each([
  ['no JSON', 'hello?', 'the message is not JSON'],
  ['an unknown type', '{"type":"dance"}', /not valid: type/],
  ['a binary frame', Buffer.from('{}'), 'the message is not text'],
])('%s of the coordinator closes the connection with 4000, and the daemon comes back', async (_, frame, message) => {
  const { coordinator, log } = await startScripted();
  const connection = await coordinator.connected();
  connection.sendRaw(frame);
  expect(await connection.closed).toBe(4000);
  await coordinator.connected();
  expect(log.saying('lost the connection to the coordinator')[0]).toMatchObject({
    code: 'invalid_request',
    error: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

test('a frame over the limit closes the connection, and the daemon comes back', async () => {
  const { coordinator } = await startScripted();
  const connection = await coordinator.connected();
  connection.sendRaw(' '.repeat(1024 * 1024 + 1));
  expect(await connection.closed).toBe(1009);
  await coordinator.connected();
});

test('an address is taken as it is written, and must be one of HTTP', () => {
  expect(parseAddress('https://berth.example.com/base/')).toEqual({
    base: 'https://berth.example.com/base',
    socket: 'wss://berth.example.com/base/api/v1/provisionerdaemons/serve',
    exposed: false,
  });
  expect(parseAddress('http://10.0.0.1:7080').exposed).toBe(true);
  for (const host of ['localhost', '127.0.0.2', '[::1]']) expect(parseAddress(`http://${host}:1`).exposed).toBe(false);
  expect(() => parseAddress('berth.example.com:80')).toThrow(/not the address of a coordinator/);
});

test('options are checked before anything is started', () => {
  const check = (more: object) => () =>
    checkOptions({
      url: 'http://localhost:1',
      credential: { psk: TEST_PSK },
      dataDir: '/x',
      logger: logLines().logger,
      ...more,
    });
  expect(check({ name: 'a b' })).toThrow(/cannot be a daemon's name/);
  expect(check({ slots: 0 })).toThrow(/1 to 1000 slots/);
  expect(check({ tags: { owner: 'me' } })).toThrow(/owner/);
  expect(check({ tags: { 'a b': '1' } })).toThrow(/'a b'/);
  expect(check({})().name).toMatch(/^[a-zA-Z0-9]/);
});

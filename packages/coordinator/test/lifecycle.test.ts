import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createClient } from '@berth/client';
import { BerthError, routes } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { type CoordinatorOptions, startCoordinator } from '../src/index.js';
import { bareCoordinator, testCoordinator } from './support/coordinator.js';
import { TestDaemon } from './support/daemon.js';

test('it resolves when it accepts, tells where, and ends as often as it is asked to', async () => {
  const coordinator = await bareCoordinator({ accessUrl: 'https://berth.example.com/' });
  expect(coordinator.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(coordinator.url).toBe(`http://${coordinator.address}`);
  const info = await createClient({ url: coordinator.url }).call(routes.buildInfo);
  expect(info.accessUrl).toBe('https://berth.example.com');
  await Promise.all([coordinator.stop(), coordinator.stop()]);
  await coordinator.done;
  await expect(fetch(`${coordinator.url}/healthz`)).rejects.toThrow();
});

test('every address of the machine, of either family', async () => {
  const four = await bareCoordinator({ address: ':0' });
  expect(four.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${four.url}/readyz`)).status).toBe(200);
  const six = await bareCoordinator({ address: '[::1]:0' });
  expect(six.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(`${six.url}/readyz`)).status).toBe(200);
});

test('an address that is taken, not of this machine, or none', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' ? bound?.port : 0;
  const dataDir = tempDir();
  const taken = await failure({ dataDir, address: `127.0.0.1:${port}` });
  expect(taken).toMatchObject({ code: 'address_taken', hint: expect.stringContaining('--address') });
  expect(taken.message).toContain(`127.0.0.1:${port}`);
  expect((await failure({ dataDir, address: '192.0.2.1:0' })).code).toBe('invalid_request');
  for (const address of ['', '127.0.0.1', '127.0.0.1:99999', 'http://127.0.0.1:80', '::1:80']) {
    expect([address, (await failure({ dataDir, address })).code]).toEqual([address, 'invalid_request']);
  }
  // What failed has left the data directory free.
  await bareCoordinator({ dataDir });
});

test('a data directory that is in use, or is none', async () => {
  const { dataDir } = await testCoordinator();
  const inUse = await failure({ dataDir });
  expect(inUse).toMatchObject({ code: 'data_dir_in_use' });
  expect(inUse.message).toContain(String(process.pid));
  const file = join(tempDir(), 'file');
  writeFileSync(file, '');
  expect((await failure({ dataDir: file })).code).toBe('data_dir_unusable');
});

test('options that would do harm are refused', async () => {
  const dataDir = tempDir();
  const wrong: Partial<CoordinatorOptions>[] = [
    { accessUrl: 'berth.example.com' },
    { accessUrl: 'ftp://berth.example.com' },
    { psks: [{ name: 'empty', secret: '', organizations: null }] },
    { psks: [{ name: 'cut', secret: 'from a file\n', organizations: null }] },
    { provisionerDaemons: -1 },
    { provisionerDaemons: 1.5 },
    { provisionerDaemons: 3 },
    // A build would be given up while its terraform may still run.
    { timings: { holdMs: 60_000, lostAfterMs: 60_000 } },
  ];
  for (const options of wrong) expect((await failure({ dataDir, ...options })).code).toBe('invalid_request');
});

test('a stop lets requests in progress end, and daemons come back', async () => {
  const setup = await testCoordinator({ timings: { drainMs: 3_600_000 } });
  const daemon = await setup.daemon();
  const greeting = await TestDaemon.open(setup.url, { psk: setup.psk });
  const login = setup
    .as(null)
    .call(routes.login, { body: { login: 'owner', password: 'correct horse battery staple' } });
  // The request has arrived when a later one on the same server is answered.
  await setup.as(null).call(routes.buildInfo);
  await setup.coordinator.stop();
  expect((await login).user.username).toBe('owner');
  expect((await daemon.closed).code).toBe(1012);
  if ('daemon' in greeting) expect((await greeting.daemon.closed).code).toBe(1012);
});

test('a stop does not wait for ever for a request that goes on', async () => {
  const setup = await testCoordinator({ timings: { drainMs: 50 } });
  let sent = 0;
  const stuck = new ReadableStream({
    pull: controller => {
      if (sent++ === 32) return new Promise(() => undefined);
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  const upload = fetch(`${setup.url}/api/v1/files/${'0'.repeat(64)}?size=104857600`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${setup.ownerToken}` },
    body: stuck,
    duplex: 'half',
  });
  const failed = expect(upload).rejects.toThrow();
  const params = { digest: '0'.repeat(64) };
  while ((await setup.owner.call(routes.fileStatus, { params })).receivedBytes === 0);
  await setup.coordinator.stop();
  await failed;
});

/** The error that a start fails with. */
async function failure(options: Partial<CoordinatorOptions> & { dataDir: string }): Promise<BerthError> {
  try {
    const coordinator = await startCoordinator({ address: '127.0.0.1:0', ...options });
    await coordinator.stop();
  } catch (error) {
    if (error instanceof BerthError) return error;
    throw error;
  }
  throw new Error('it started');
}

test('a backup that was on its way when a coordinator was killed is removed by the next one', async () => {
  const dataDir = tempDir();
  const left = ['backup-0e9f8a52-9f60-4c5e-8d0b-2a4f6c1d7e33.sqlite', 'backup-of-mine.sqlite'];
  for (const name of left) writeFileSync(join(dataDir, name), '');
  await bareCoordinator({ dataDir });
  expect(readdirSync(dataDir).filter(name => name.startsWith('backup-'))).toEqual(['backup-of-mine.sqlite']);
});

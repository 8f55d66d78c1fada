import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { routes } from '@berth/protocol';
import { expect, test } from 'vitest';
import type { BuiltInChild, StartBuiltIn } from '../src/index.js';
import { testCoordinator } from './support/coordinator.js';
import { TestDaemon } from './support/daemon.js';
import { push, runImport } from './support/work.js';

type Connect = { url: string; credential: string };

/** Starts real child processes that do nothing, and tells of each start and stop. */
function children() {
  const started: { count: number; connect: Connect; kill(): void }[] = [];
  const waiting: (() => void)[] = [];
  let stops = 0;
  const start: StartBuiltIn = (count, connect): BuiltInChild => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const exited = once(child, 'exit');
    started.push({ count, connect, kill: () => child.kill('SIGKILL') });
    for (const wake of waiting.splice(0)) wake();
    return {
      exited,
      async stop() {
        stops++;
        child.stdin.end();
        await exited;
      },
    };
  };
  return {
    start,
    started,
    stops: () => stops,
    /** Resolves with the child of this number, from 1, once it was started. */
    async nth(number: number) {
      for (;;) {
        const child = started[number - 1];
        if (child !== undefined) return child;
        await new Promise<void>(resolve => waiting.push(resolve));
      }
    },
  };
}

test('the child is started with an address and a key, and stopped with the coordinator', async () => {
  const family = children();
  const setup = await testCoordinator({ provisionerDaemons: 3, startBuiltIn: family.start });
  const { count, connect } = await family.nth(1);
  expect(count).toBe(3);
  expect(connect.url).toBe(setup.url);
  await setup.coordinator.stop();
  expect(family.stops()).toBe(1);
  expect(family.started).toHaveLength(1);
});

test('a child that dies is started again, and so is one that could not be started', async () => {
  const family = children();
  let failures = 2;
  const start: StartBuiltIn = (count, connect) => {
    if (failures-- > 0) throw new Error('no memory');
    return family.start(count, connect);
  };
  const setup = await testCoordinator({ provisionerDaemons: 1, startBuiltIn: start, timings: { restartMs: 5 } });
  (await family.nth(1)).kill();
  (await family.nth(2)).kill();
  await family.nth(3);
  await setup.coordinator.stop();
  expect(family.stops()).toBe(1);
});

test('a stop in the middle of a wait, or of a start, ends at once', async () => {
  const dying: StartBuiltIn = () => ({ exited: Promise.resolve('died'), stop: async () => undefined });
  const waiting = await testCoordinator({
    provisionerDaemons: 1,
    startBuiltIn: dying,
    timings: { restartMs: 3_600_000 },
  });
  await waiting.coordinator.stop();

  const family = children();
  let begin: () => void = () => undefined;
  const began = new Promise<void>(resolve => {
    begin = resolve;
  });
  let goOn: () => void = () => undefined;
  const slow: StartBuiltIn = async (count, connect) => {
    begin();
    await new Promise<void>(resolve => {
      goOn = resolve;
    });
    return family.start(count, connect);
  };
  const starting = await testCoordinator({ provisionerDaemons: 1, startBuiltIn: slow });
  await began;
  const stopped = starting.coordinator.stop();
  goOn();
  await stopped;
  expect(family.stops()).toBe(1);
});

test('its key is good for the daemons of its names, and for nothing else', async () => {
  const family = children();
  const setup = await testCoordinator({ provisionerDaemons: 2, startBuiltIn: family.start });
  const { credential: psk } = (await family.nth(1)).connect;
  const refused = async (name: string, tags = {}) => {
    const daemon = await TestDaemon.greet(setup.url, { psk, name, tags });
    const answer = await daemon.next('refused', 'welcome');
    return answer.type === 'refused' ? answer.error.code : 'welcome';
  };
  for (const name of ['rack', 'built-in-0', 'built-in-3', 'built-in-01', 'built-in']) {
    expect([name, await refused(name)]).toEqual([name, 'forbidden']);
  }
  expect(await refused('built-in-1', { scope: 'user' })).toBe('psk_scope');
  for (const headers of [{ authorization: `Bearer ${psk}` }, { 'berth-provisioner-psk': psk }]) {
    expect((await fetch(`${setup.url}${routes.me.path}`, { headers: { ...headers } })).status).toBe(401);
  }

  const builtIn = await setup.daemon({ psk, name: 'built-in-1', slots: 1 });
  const { items } = await setup.owner.call(routes.listDaemons, { params: { organization: setup.organization } });
  expect(items).toMatchObject([{ name: 'built-in-1', builtIn: true }]);
  const external = await setup.daemon({ name: 'rack' });
  // Somebody's own daemon goes before, and the built-in one before none.
  const first = await push(setup, setup.owner, { template: 'first' });
  await push(setup, setup.owner, { template: 'second' });
  expect((await external.next('offer')).job).toBe(first.version.job.id);
  await runImport(builtIn);
  expect(builtIn.count('offer')).toBe(1);
});

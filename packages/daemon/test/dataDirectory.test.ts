import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { DataDirectory } from '../src/dataDir/dataDirectory.js';
import { lockDirectory } from '../src/dataDir/lock.js';

const open = (path: string, more: { name?: string; waitMs?: number } = {}) => {
  return DataDirectory.open({ path, name: 'daemon two', waitMs: 0, ...more });
};

/** A process that lives until it is killed. */
async function startProcess(): Promise<ChildProcess> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(child, 'spawn');
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** Writes the lock as another process would have. */
function lockAs(path: string, pid: number, change: { start?: string; bootId?: string } = {}): void {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  mkdirSync(path, { recursive: true });
  const holder = { pid, start, bootId, name: 'daemon one', since: '2025-01-01T00:00:00.000Z', ...change };
  writeFileSync(join(path, 'lock'), JSON.stringify(holder));
}

test('a data directory is made with folders for its owner alone, and keeps its identity', async () => {
  const path = join(tempDir(), 'new/data');
  const first = await open(path);
  for (const folder of ['', 'attempts', 'warm']) expect(statSync(join(path, folder)).mode & 0o777).toBe(0o700);
  expect(first.instance).toMatch(/^[0-9a-f-]{36}$/);
  first.close();
  const second = await open(path);
  expect(second.instance).toBe(first.instance);
  second.close();
  expect(existsSync(join(path, 'lock'))).toBe(false);
});

test('a second daemon is told who holds the directory', async () => {
  const path = tempDir();
  const child = await startProcess();
  lockAs(path, child.pid ?? 0);
  await expect(open(path)).rejects.toMatchObject({
    code: 'data_dir_in_use',
    message: `the data directory ${path} is in use: daemon one holds it (process ${child.pid}, since 2025-01-01T00:00:00.000Z)`,
  });
});

test('this process itself is a holder too', async () => {
  const path = tempDir();
  const first = await open(path, { name: 'daemon one' });
  await expect(open(path)).rejects.toMatchObject({ message: expect.stringContaining('daemon one holds it') });
  first.close();
});

test('the lock of a process that is gone is taken over: ended, its pid used again, before a restart', async () => {
  const child = await startProcess();
  const pid = child.pid ?? 0;
  const ended = tempDir();
  const reused = tempDir();
  const rebooted = tempDir();
  lockAs(ended, pid);
  lockAs(reused, pid, { start: '1' });
  lockAs(rebooted, process.pid, { bootId: '00000000-0000-0000-0000-000000000000' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const path of [ended, reused, rebooted]) (await open(path)).close();
  const garbled = tempDir();
  writeFileSync(join(garbled, 'lock'), '{"pid":');
  (await open(garbled)).close();
});

test('a starter can wait for the lock', async () => {
  const path = tempDir();
  const first = await open(path);
  const second = open(path, { waitMs: 20_000 });
  first.close();
  (await second).close();
});

test('of many starters one gets a dead holder’s directory', async () => {
  const path = tempDir();
  lockAs(path, process.pid, { start: '1' });
  const starters = await Promise.allSettled(Array.from({ length: 20 }, () => open(path)));
  const won = starters.filter(starter => starter.status === 'fulfilled');
  expect(won).toHaveLength(1);
  for (const starter of won) starter.value.close();
});

test('a starter that looked too early does not take what another has taken meanwhile', async () => {
  const path = tempDir();
  const child = await startProcess();
  lockAs(path, process.pid, { start: '1' });
  let looks = 0;
  const starting = () =>
    lockDirectory(path, 'daemon two', holder => {
      looks += 1;
      if (looks === 1) lockAs(path, child.pid ?? 0);
      return holder.pid === child.pid;
    });
  expect(starting).toThrow(/daemon one holds it/);
  expect(looks).toBe(2);
});

test('a directory that cannot be written to is refused', async () => {
  const inner = join(tempDir(), 'file');
  writeFileSync(inner, '');
  for (const path of [join(inner, 'data'), '/proc/berth/data']) {
    await expect(open(path)).rejects.toMatchObject({
      code: 'data_dir_unusable',
      message: expect.stringMatching(/cannot be written to \((ENOTDIR|ENOENT)\)/),
    });
  }
});

test.skipIf(process.getuid?.() === 0)(
  'a directory that may not be written to is refused (not as root, who may write everywhere)',
  async () => {
    const path = tempDir();
    chmodSync(path, 0o500);
    await expect(open(path)).rejects.toMatchObject({ code: 'data_dir_unusable' });
  },
);

test('an identity that is not one is refused', async () => {
  const path = tempDir();
  writeFileSync(join(path, 'instance'), 'mine\n');
  await expect(open(path)).rejects.toMatchObject({ code: 'data_dir_unusable' });
  expect(existsSync(join(path, 'lock'))).toBe(false);
});

import { chmodSync, chownSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { AttemptFolder } from '../src/index.js';

test("everything of an attempt stands in its folder, which is its owner's alone", () => {
  const path = join(tempDir(), 'deep', 'attempt');
  const folder = AttemptFolder.create(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  const run = folder.run('init-2');
  const places = [
    ...[folder.work, folder.state, folder.erroredState, folder.keptState, folder.lockFile, folder.variables],
    ...[folder.cliConfig, folder.tmp ?? '', run.path, run.output, run.pids, run.terms, run.lease, run.stop, run.rungs],
    ...[run.exit, run.emergencyState],
  ];
  expect(new Set(places).size).toBe(places.length);
  for (const place of places) expect(place.startsWith(`${path}/`)).toBe(true);
  for (const place of [folder.variables, folder.cliConfig, folder.keptState, run.path]) {
    expect(place.startsWith(folder.work)).toBe(false);
  }
});

test('a folder too deep for the sockets of plugins gives no TMPDIR', () => {
  expect(new AttemptFolder(`/${'x'.repeat(75)}`).tmp).toBe(`/${'x'.repeat(75)}/tmp`);
  expect(new AttemptFolder(`/${'x'.repeat(76)}`).tmp).toBeNull();
});

test('removed, nothing is left, whatever a template has made of its folders', async () => {
  const folder = AttemptFolder.create(join(tempDir(), 'attempt'));
  const locked = join(folder.work, 'cache', 'locked');
  mkdirSync(locked, { recursive: true });
  writeFileSync(join(locked, 'file'), '', { mode: 0o400 });
  chmodSync(locked, 0o500);
  chmodSync(join(folder.work, 'cache'), 0o500);
  // Root may write anywhere; another user shall be who removes it.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    for (const path of [folder.path, folder.work, join(folder.work, 'cache'), locked, join(folder.path, '..')]) {
      chownSync(path, 65_534, 65_534);
    }
    process.seteuid?.(65_534);
  }
  try {
    await folder.remove();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  expect(existsSync(folder.path)).toBe(false);
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { readLockFile } from '../src/jobs/templateFindings.js';

test('a lock file that a plugin has replaced by a link, a pipe or a folder is not read', async () => {
  const folder = tempDir();
  const path = join(folder, '.terraform.lock.hcl');
  expect(await readLockFile(folder)).toBeNull();
  writeFileSync(path, 'provider');
  expect(await readLockFile(folder)).toBe('provider');
  const secret = join(tempDir(), 'psk');
  writeFileSync(secret, 'canary');
  const replacements = [() => symlinkSync(secret, path), () => execFileSync('mkfifo', [path]), () => mkdirSync(path)];
  for (const replace of replacements) {
    rmSync(path, { recursive: true });
    replace();
    await expect(readLockFile(folder)).rejects.toMatchObject({ code: 'invalid_configuration' });
  }
});

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { findEngine } from '../src/index.js';

/** A program that answers as an engine of this name and version. */
function fakeEngine(folder: string, file: string, product: 'Terraform' | 'OpenTofu', version: string): string {
  const json = JSON.stringify({ terraform_version: version, platform: 'linux_amd64', provider_selections: {} });
  return program(
    folder,
    file,
    `if [ "$2" = -json ]; then echo '${json}'; else echo '${product} v${version}'; echo 'on linux_amd64'; fi`,
  );
}

function program(folder: string, file: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, file);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test('the real one on PATH', async () => {
  const engine = await findEngine();
  expect(engine).toMatchObject({ name: 'terraform', platform: expect.stringMatching(/^linux_/) });
  expect(engine.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(engine.path).toMatch(/^\/.*terraform/);
});

test('terraform goes before tofu, wherever on the path they stand', async () => {
  const folder = tempDir();
  fakeEngine(join(folder, 'a'), 'tofu', 'OpenTofu', '1.9.0');
  const terraform = fakeEngine(join(folder, 'b'), 'terraform', 'Terraform', '1.5.7');
  const searchPath = [join(folder, 'a'), join(folder, 'b')].join(delimiter);
  expect(await findEngine({ searchPath })).toEqual({
    name: 'terraform',
    version: '1.5.7',
    platform: 'linux_amd64',
    path: terraform,
  });
  expect(await findEngine({ searchPath: join(folder, 'a') })).toMatchObject({ name: 'tofu', version: '1.9.0' });
});

test('the named one is taken, however it is called, and links are followed to the program', async () => {
  const folder = tempDir();
  const real = fakeEngine(join(folder, 'opt'), 'terraform-1.9', 'OpenTofu', '1.9.0');
  symlinkSync(real, join(folder, 'mine'));
  expect(await findEngine({ enginePath: join(folder, 'mine'), searchPath: '' })).toMatchObject({
    name: 'tofu',
    path: real,
  });
});

test('a link to a program that goes by the name it is called by stays a link', async () => {
  const folder = tempDir();
  const manager = program(folder, 'manager', 'exit 9');
  symlinkSync(manager, join(folder, 'terraform'));
  await expect(findEngine({ enginePath: join(folder, 'terraform') })).rejects.toThrow(join(folder, 'terraform'));
});

test('settings of the host do not reach it', async () => {
  const folder = tempDir();
  const seen = join(folder, 'seen');
  const path = fakeEngine(folder, 'terraform', 'Terraform', '1.9.0');
  writeFileSync(path, `${readFileSync(path, 'utf8')}env >>${seen}\n`);
  process.env.TF_CLI_ARGS = '-canary';
  try {
    await findEngine({ enginePath: path });
  } finally {
    delete process.env.TF_CLI_ARGS;
  }
  expect(readFileSync(seen, 'utf8')).toContain('CHECKPOINT_DISABLE=1');
  expect(readFileSync(seen, 'utf8')).not.toContain('canary');
});

describe('an error says what to do', () => {
  test('nothing on PATH', async () => {
    await expect(findEngine({ searchPath: tempDir() })).rejects.toMatchObject({
      code: 'engine_missing',
      message: 'neither terraform nor tofu is on PATH',
      hint: expect.stringContaining('--engine-path'),
    });
  });

  test('the named one is not there, or is no program', async () => {
    const folder = tempDir();
    writeFileSync(join(folder, 'text'), 'text');
    mkdirSync(join(folder, 'terraform'));
    for (const name of ['none', 'text', 'terraform']) {
      const enginePath = join(folder, name);
      await expect(findEngine({ enginePath })).rejects.toMatchObject({ code: 'engine_missing' });
    }
  });

  test.each([
    ['Terraform', '1.2.9', '1.3.0'],
    ['Terraform', '1.3.0-rc1', '1.3.0'],
    ['OpenTofu', '1.7.9', '1.8.0'],
  ] as const)('%s %s is too old', async (product, version, minimum) => {
    const enginePath = fakeEngine(tempDir(), 'engine', product, version);
    await expect(findEngine({ enginePath })).rejects.toMatchObject({
      code: 'engine_too_old',
      message: expect.stringContaining(`at least ${minimum} is needed`),
    });
  });

  test.each([
    ['fails', 'echo "no such libc" >&2; exit 1', 'no such libc'],
    ['fails without a word', 'exit 3', 'exit code 3'],
    ['prints something else', 'echo hello', 'no version report'],
    ['is another product', `echo '{"terraform_version":"1.9.0","platform":"linux_amd64"}'`, 'no version report'],
  ])('it %s', async (_, script, message) => {
    const enginePath = program(tempDir(), 'terraform', script);
    await expect(findEngine({ enginePath })).rejects.toMatchObject({
      code: 'engine_broken',
      message: expect.stringContaining(message),
    });
  });

  test('it is no executable of this machine', async () => {
    const enginePath = join(tempDir(), 'terraform');
    writeFileSync(enginePath, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0]), { mode: 0o755 });
    await expect(findEngine({ enginePath })).rejects.toMatchObject({ code: 'engine_broken' });
  });
});

import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { packFolder, unpackArchive } from '@berth/daemon/archive';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';

const longName = `${'very-long-name-'.repeat(12)}.tf`;

/** Writes the same template into a new folder, in an order and with times and modes of its own. */
function makeTemplate(how: { order: (names: string[]) => string[]; mode: number; at: number }): string {
  const folder = join(tempDir(), 'template');
  const files: Record<string, string> = {
    'main.tf': 'resource "terraform_data" "one" {}\n',
    'modules/inner/main.tf': 'output "x" { value = 1 }\n',
    'scripts/run.sh': '#!/bin/sh\n',
    [`deep/${longName}`]: '# long\n',
    '.terraform.lock.hcl': '# lock\n',
    'Ünïcode name.txt': 'ü\n',
    'empty.txt': '',
  };
  for (const name of how.order(Object.keys(files))) {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, files[name] ?? '', { mode: how.mode });
    utimesSync(path, how.at, how.at);
  }
  chmodSync(join(folder, 'scripts/run.sh'), how.mode | 0o111);
  symlinkSync('../main.tf', join(folder, 'scripts/main.tf'));
  return folder;
}

test('the same content gives the same digest, whatever order, times, modes and links it was made with', async () => {
  const one = makeTemplate({ order: names => names, mode: 0o644, at: 1 });
  const two = makeTemplate({ order: names => names.toReversed(), mode: 0o600, at: 1_700_000_000 });
  linkSync(join(two, 'main.tf'), join(tempDir(), 'elsewhere'));
  const target = tempDir();
  const packedOne = await packFolder(one, join(target, 'one.tgz'));
  const packedTwo = await packFolder(two, join(target, 'two.tgz'));
  expect(packedTwo).toEqual(packedOne);
  expect(await readFile(join(target, 'one.tgz'))).toEqual(await readFile(join(target, 'two.tgz')));
  const sum = execFileSync('sha256sum', [join(target, 'one.tgz')], { encoding: 'utf8' });
  expect(sum.slice(0, 64)).toBe(packedOne.digest);

  await writeFile(join(two, 'main.tf'), 'resource "terraform_data" "two" {}\n');
  expect((await packFolder(two, join(target, 'two.tgz'))).digest).not.toBe(packedOne.digest);
});

test('an archive lists folders before what they hold, names in order, and each hard link as a file of its own', async () => {
  const folder = makeTemplate({ order: names => names, mode: 0o644, at: 1 });
  for (const name of ['z', 'B', 'a', '10', '9', 'é']) writeFileSync(join(folder, name), name);
  linkSync(join(folder, 'main.tf'), join(folder, 'same.tf'));
  const target = join(tempDir(), 'a.tgz');
  await packFolder(folder, target);
  const listed = execFileSync('tar', ['tvzf', target, '--quoting-style=literal'], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const names = listed.map(line => line.replace(/^(?:\S+ +){5}/, '').replace(/ -> .*/, ''));
  expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(listed.filter(line => line.startsWith('h'))).toEqual([]);
});

test('what was packed comes out again, two hard-linked names as two files', async () => {
  const folder = makeTemplate({ order: names => names, mode: 0o644, at: 1 });
  linkSync(join(folder, 'main.tf'), join(folder, 'same.tf'));
  const target = tempDir();
  const packed = await packFolder(folder, join(target, 'a.tgz'));
  const unpacked = await unpackArchive(join(target, 'a.tgz'), join(target, 'out'));
  expect(unpacked.entries).toBe(packed.entries);
  expect((await readdir(join(target, 'out'), { recursive: true })).sort()).toEqual(
    (await readdir(folder, { recursive: true })).sort(),
  );
  expect(await readFile(join(target, 'out/deep', longName), 'utf8')).toBe('# long\n');
  expect(await readFile(join(target, 'out/same.tf'), 'utf8')).toBe('resource "terraform_data" "one" {}\n');
});

test('states, terraform leftovers and dot files stay out, the lock file stays in', async () => {
  const folder = makeTemplate({ order: names => names, mode: 0o644, at: 1 });
  const out = [
    '.env',
    '.git/',
    '.terraform/',
    'crash.log',
    'crash.2024-01-01.log',
    'errored.tfstate',
    'modules/.hidden/',
    'modules/inner/terraform.tfstate',
    'terraform.tfstate',
    'terraform.tfstate.1700000000.backup',
    'terraform.tfstate.backup',
    'terraform.tfstate.d/',
  ];
  for (const path of out) {
    if (path.endsWith('/')) {
      mkdirSync(join(folder, path));
      writeFileSync(join(folder, path, 'inside'), 'x');
    } else writeFileSync(join(folder, path), 'x');
  }
  const target = tempDir();
  const packed = await packFolder(folder, join(target, 'a.tgz'));
  expect(packed.leftOut.sort()).toEqual(out.sort());
  await unpackArchive(join(target, 'a.tgz'), join(target, 'out'));
  expect(await readdir(join(target, 'out'))).toContain('.terraform.lock.hcl');
  expect(packed.digest).toBe(
    (await packFolder(makeTemplate({ order: n => n, mode: 0o644, at: 1 }), join(target, 'b.tgz'))).digest,
  );
});

const refusals: [string, (folder: string) => void, RegExp][] = [
  ['an absolute link', f => symlinkSync('/etc/passwd', join(f, 'out')), /'out' is a link to the absolute path/],
  ['a link out', f => symlinkSync('../../x', join(f, 'scripts/out')), /'scripts\/out' is a link that leads out/],
  ['a fifo', f => execFileSync('mkfifo', [join(f, 'pipe')]), /'pipe' is neither a file, a folder nor a link/],
  [
    'too large a file',
    f => {
      writeFileSync(join(f, 'huge.bin'), '');
      truncateSync(join(f, 'huge.bin'), 1025 * 1024 * 1024);
    },
    /'huge.bin' makes the template larger than 1024 MiB/,
  ],
];

test.each(refusals)('%s is refused, and no archive is left', async (_, spoil, message) => {
  const folder = makeTemplate({ order: names => names, mode: 0o644, at: 1 });
  spoil(folder);
  const target = tempDir();
  const refusal = packFolder(folder, join(target, 'a.tgz'));
  await expect(refusal).rejects.toMatchObject({ code: 'archive_refused', message: expect.stringMatching(message) });
  expect(await readdir(target)).toEqual([]);
});

test('a socket is refused', async () => {
  const folder = makeTemplate({ order: names => names, mode: 0o644, at: 1 });
  const server = createServer();
  await new Promise<void>(resolve => server.listen(join(folder, 's.sock'), resolve));
  const refusal = packFolder(folder, join(tempDir(), 'a.tgz'));
  await expect(refusal).rejects.toMatchObject({ message: "'s.sock' is neither a file, a folder nor a link" });
  await new Promise(resolve => server.close(resolve));
});

test('a folder without files, or none at all, is told apart', async () => {
  const folder = tempDir();
  mkdirSync(join(folder, 'sub/.git'), { recursive: true });
  await expect(packFolder(folder, join(tempDir(), 'a.tgz'))).rejects.toMatchObject({ code: 'no_configuration' });
  const missing = packFolder(join(folder, 'nowhere'), join(folder, 'a.tgz'));
  await expect(missing).rejects.toMatchObject({ code: 'not_found', message: expect.stringMatching(/nowhere/) });
});

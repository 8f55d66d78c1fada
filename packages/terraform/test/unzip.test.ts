import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir, writeZip, type ZipFile } from '@berth/testkit';
import { expect, test } from 'vitest';
import { unzip } from '../src/unzip.js';

const content = Buffer.from('content');

function archiveOf(...files: ZipFile[]): { archive: string; folder: string; around: string } {
  const around = tempDir();
  const folder = join(around, 'in', 'folder');
  mkdirSync(folder, { recursive: true });
  const archive = join(around, 'in', 'archive.zip');
  writeZip(archive, files);
  return { archive, folder, around };
}

test('plain files and folders come out; a program is one again, and no more than that', async () => {
  const { archive, folder } = archiveOf(
    { name: 'program', content, mode: 0o4755 },
    { name: 'inner/', content: Buffer.alloc(0), mode: 0o040755 },
    { name: 'inner/deep/text', content, mode: 0o666 },
  );
  await unzip(archive, folder);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
    'inner',
    'inner/deep',
    'inner/deep/text',
    'program',
  ]);
  expect(statSync(join(folder, 'program')).mode & 0o7777).toBe(0o755);
  expect(statSync(join(folder, 'inner/deep/text')).mode & 0o7777).toBe(0o644);
});

const KiB = 1024;

test.each<[string, ZipFile[]]>([
  ['a name that leads out', [{ name: '../outside', content }]],
  ['a name that leads out from within', [{ name: 'inner/../../outside', content }]],
  ['an absolute name', [{ name: '/tmp/berth-outside', content }]],
  ['a name with backslashes', [{ name: '..\\outside', content }]],
  ['a link', [{ name: 'link', content: Buffer.from('/etc/passwd'), mode: 0o120777 }]],
  ['a device', [{ name: 'device', content: Buffer.alloc(0), mode: 0o020666 }]],
  ['a file twice', [1, 2].map(() => ({ name: 'twice', content }))],
  [
    'a folder in place of a file',
    [
      { name: 'a', content },
      { name: 'a/b', content },
    ],
  ],
  ['more than is allowed', [1, 2, 3].map(i => ({ name: `${i}`, content: Buffer.alloc(KiB) }))],
  ['more than it says', [{ name: 'bomb', content: Buffer.alloc(64 * KiB), bytes: 10 }]],
])('%s is refused, and nothing is written elsewhere', async (_, files) => {
  const { archive, folder, around } = archiveOf(...files);
  await expect(unzip(archive, folder, 2 * KiB)).rejects.toThrow(Error);
  expect(readdirSync(join(around, 'in')).sort()).toEqual(['archive.zip', 'folder']);
  expect(readdirSync(around)).toEqual(['in']);
  expect(existsSync('/tmp/berth-outside')).toBe(false);
  const size = readdirSync(folder).map(name => statSync(join(folder, name)).size);
  expect(size.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(2 * KiB);
});

import { createReadStream, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { unpackArchive } from '@berth/daemon/archive';
import { tempDir, testGuard } from '@berth/testkit';
import { expect, test } from 'vitest';

const fixtures = fileURLToPath(new URL('../../../../fixtures/archives/', import.meta.url));

/** Each hostile archive and what its refusal must say. */
const hostile: Record<string, RegExp> = {
  'absolute-path': /'\/berth-escaped.tf' has an absolute path/,
  'parent-path': /'\.\.\/berth-escaped.tf' has a path with '\.\.'/,
  'parent-path-inside': /'a\/\.\.\/\.\.\/berth-escaped.tf' has a path with '\.\.'/,
  'pax-parent-path': /'\.\.\/berth-escaped.tf' has a path with '\.\.'/,
  'long-name-parent-path': /'\.\.\/berth-escaped.tf' has a path with '\.\.'/,
  'no-name': /'\.' has no name of its own/,
  'symlink-absolute': /'out' is a link to the absolute path '\/etc\/passwd'/,
  'symlink-out': /'sub\/out' is a link that leads out of the template/,
  'symlink-by-name': /'out' is a link with '\.\.' after a name/,
  'pax-symlink-out': /'out' is a link that leads out of the template/,
  'hardlink-absolute': /'out' is a hard link to an absolute path/,
  'hardlink-out': /'out' is a hard link to a path with '\.\.'/,
  'hardlink-missing': /'out' is a hard link to 'not-there', which is no file before it/,
  'hardlink-to-link': /'out' is a hard link to 'a\/b\/up', which is no file before it/,
  'through-link': /'link\/file.tf' would be written through the link 'link'/,
  'through-link-out': /'link' is a link that leads out of the template/,
  'character-device': /'device' is of a kind that no template may hold \(CharacterDevice\)/,
  'block-device': /'device' is of a kind that no template may hold \(BlockDevice\)/,
  fifo: /'pipe' is of a kind that no template may hold \(FIFO\)/,
  sparse: /'sparse' is of a kind that no template may hold \(SparseFile\)/,
  'name-twice': /'main.tf' is in the archive twice/,
  'name-twice-dotted': /'\.\/main.tf' is in the archive twice/,
  'file-then-folder': /'a' is a file and a folder at once/,
  'folder-then-file': /'a' is a file and a folder at once/,
  'folder-then-link': /'a' is a file and a folder at once/,
  'terraform-state': /'terraform.tfstate' is terraform's own/,
  'terraform-folder': /'\.terraform\/modules\/modules.json' is terraform's own/,
  'bomb-size': /'zeros' makes the archive larger than 1024 MiB unpacked/,
  'bomb-count': /'f20000' is more than the 20000 entries/,
  'truncated-gzip': /'truncated-gzip.tgz' is cut off/,
  'truncated-tar': /'second.tf' is where the archive is cut off/,
  'truncated-block': /'main.tf' is where the archive is cut off/,
  'no-end': /'main.tf' is where the archive is cut off/,
  'garbage-after-gzip': /'garbage-after-gzip.tgz' is not gzip data from end to end/,
  'zeros-after-gzip': /'zeros-after-gzip.tgz' goes on after the end of its gzip data/,
  'garbage-after-tar': /'garbage-after-tar.tgz' goes on after the end of its tar data/,
  'compressed-twice': /'compressed-twice.tgz' is compressed twice/,
  'not-gzip': /'not-gzip.tgz' is not gzip data/,
  'not-tar': /'not-tar.tgz' is not in the tar format/,
  empty: /'empty.tgz' is empty/,
};

test('every archive of the fixtures is tried', () => {
  const names = readdirSync(fixtures).flatMap(file => (file.endsWith('.tgz') ? [file.slice(0, -4)] : []));
  expect(names.sort()).toEqual(['good', ...Object.keys(hostile)].sort());
});

test.each(Object.entries(hostile))('%s is refused whole', async (name, message) => {
  const outer = tempDir();
  const refusal = unpackArchive(join(fixtures, `${name}.tgz`), join(outer, 'template'));
  await expect(refusal).rejects.toMatchObject({ code: 'archive_refused', message: expect.stringMatching(message) });
  expect(await readdir(outer)).toEqual([]);
  expect(existsSync('/berth-escaped.tf')).toBe(false);
});

testGuard('daemon.archive_paths', 'an archive whose names lead out is refused', async () => {
  const refusal = unpackArchive(join(fixtures, 'symlink-out.tgz'), join(tempDir(), 'template'));
  await expect(refusal).rejects.toMatchObject({ code: 'archive_refused' });
});

test('a good archive is unpacked', async () => {
  const folder = join(tempDir(), 'template');
  const unpacked = await unpackArchive(join(fixtures, 'good.tgz'), folder);
  expect(unpacked).toEqual({ entries: 8, sizeBytes: 83 });
  expect(await tree(folder)).toEqual([
    'copy.tf.txt',
    'deep/',
    'deep/er/',
    'deep/er/implied.txt',
    'main.tf',
    'scripts/',
    'scripts/current.sh -> run.sh',
    'scripts/run.sh',
    'scripts/top.tf -> ../main.tf',
  ]);
  expect(readFileSync(join(folder, 'scripts/top.tf'), 'utf8')).toContain('terraform_data');
  expect(readFileSync(join(folder, 'copy.tf.txt'), 'utf8')).toContain('terraform_data');
  expect(lstatSync(folder).mode & 0o777).toBe(0o700);
  expect(lstatSync(join(folder, 'scripts/run.sh')).mode & 0o7777).toBe(0o755);
  expect(lstatSync(join(folder, 'main.tf')).mode & 0o7111).toBe(0);
});

test('an archive may come as a stream; nothing is left of it beside the folder', async () => {
  const outer = tempDir();
  await unpackArchive(createReadStream(join(fixtures, 'good.tgz')), join(outer, 'template'));
  expect(await readdir(outer)).toEqual(['template']);
  const refusal = unpackArchive(createReadStream(join(fixtures, 'parent-path.tgz')), join(outer, 'other'));
  await expect(refusal).rejects.toMatchObject({ code: 'archive_refused' });
  expect(await readdir(outer)).toEqual(['template']);
});

test('a stream that goes on for ever is cut at the limit', async () => {
  const outer = tempDir();
  let taken = 0;
  const endless = Readable.from(
    (function* () {
      for (; ; taken++) yield Buffer.alloc(1024 * 1024, 1);
    })(),
  );
  const refusal = unpackArchive(endless, join(outer, 'template'));
  await expect(refusal).rejects.toMatchObject({ message: "'the archive' is larger than 100 MiB" });
  expect(taken).toBeLessThan(200);
  expect(await readdir(outer)).toEqual([]);
});

test('a folder that exists is left as it is', async () => {
  const outer = tempDir();
  await writeFile(join(outer, 'mine'), 'x');
  await expect(unpackArchive(join(fixtures, 'good.tgz'), outer)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readdir(outer)).toEqual(['mine']);
});

/** Paths below a folder, sorted; folders end with `/`, links show their target. */
async function tree(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true });
  return paths
    .map(path => {
      const stats = lstatSync(join(folder, path));
      if (stats.isSymbolicLink()) return `${path} -> ${readlinkSync(join(folder, path))}`;
      return stats.isDirectory() ? `${path}/` : path;
    })
    .sort();
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packFolder, unpackArchive } from '@berth/daemon/archive';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';

const good = new URL('../../../../fixtures/archives/good.tgz', import.meta.url);

test('a bomb behind the end mark is refused', async () => {
  const outer = tempDir();
  const zeros = gzipSync(Buffer.alloc(16 * 1024 * 1024));
  const archive = join(outer, 'bomb.tgz');
  await writeFile(archive, Buffer.concat([readFileSync(good), ...Array(72).fill(zeros)]));
  const refusal = unpackArchive(archive, join(outer, 'template'));
  await expect(refusal).rejects.toMatchObject({ message: expect.stringMatching(/larger than 1024 MiB unpacked/) });
  expect(await readdir(outer)).toEqual(['bomb.tgz']);
});

test('a folder of too many files is not packed', async () => {
  const folder = tempDir();
  execFileSync('sh', ['-c', 'seq 20001 | xargs touch'], { cwd: folder });
  const target = tempDir();
  const refusal = packFolder(folder, join(target, 'a.tgz'));
  await expect(refusal).rejects.toMatchObject({
    code: 'archive_refused',
    message: expect.stringMatching(/is more than the 20000 files and folders/),
  });
  expect(await readdir(target)).toEqual([]);
});

import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** More than any plugin or engine takes, and less than would fill a disk. */
const MOST_BYTES = 4 * 1024 ** 3;

/** The kind of file in the upper bits of an entry's attributes, where it was made on a Unix. */
const KIND = 0o170000;
const PLAIN_KINDS = [0, 0o100000, 0o040000];

/**
 * Unpacks a zip archive of plain files into an empty folder. What was a program when it was packed is one again.
 *
 * @param mostBytes that its files may have together
 * @throws Error for what is no such archive, or has names that lead out of the folder
 */
export async function unzip(archive: string, folder: string, mostBytes = MOST_BYTES): Promise<void> {
  // Loaded where it is needed: most processes never unpack any.
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(archive, { lazyEntries: true, strictFileNames: true });
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const mode = entry.externalFileAttributes >>> 16;
    if (!PLAIN_KINDS.includes(mode & KIND)) throw new Error(`${entry.fileName} is no plain file`);
    total += entry.uncompressedSize;
    if (total > mostBytes) throw new Error('it is too large');
    const path = join(folder, entry.fileName);
    if (entry.fileName.endsWith('/')) {
      await mkdir(path, { recursive: true });
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path, { flags: 'wx' }));
    await chmod(path, mode & 0o111 ? 0o755 : 0o644);
  }
}

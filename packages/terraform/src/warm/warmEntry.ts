import { lstat, open, readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { jsonValue } from '../jsonValue.js';

const noted = z.object({ notes: jsonValue, sizeBytes: z.number() });

/** What stands beside the files of a warm directory. */
export type WarmEntry = z.infer<typeof noted> & {
  /** In milliseconds since 1970. */
  usedAt: number;
};

/** Null when there is no warm directory at `path`. */
export async function readEntry(path: string): Promise<WarmEntry | null> {
  const file = join(path, 'entry.json');
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { ...noted.parse(JSON.parse(text)), usedAt: mtimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Written last and to disk: a directory with an entry is a whole one. */
export async function writeEntry(path: string, entry: z.infer<typeof noted>): Promise<void> {
  const file = await open(join(path, 'entry.json'), 'wx');
  try {
    await file.writeFile(JSON.stringify(entry));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Notes down that it is used now. */
export async function touchEntry(path: string): Promise<void> {
  const now = new Date();
  await utimes(join(path, 'entry.json'), now, now);
}

/** What the files of a folder take, links not followed. One that stands elsewhere too (a plugin of the cache) takes nothing. */
export async function folderBytes(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true });
  const sizes = await Promise.all(
    entries.map(async entry => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return folderBytes(inner);
      const { size, nlink } = await lstat(inner);
      return nlink > 1 ? 0 : size;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

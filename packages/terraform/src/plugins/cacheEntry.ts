import { open, readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../jsonValue.js';
import { hasCode } from './packageFiles.js';

const noted = z.object({
  address: z.string(),
  version: z.string(),
  platform: z.string(),
  /** `h1:` of the package. */
  hash: z.string(),
  /** Every hash that an engine has seen to be of it: its `h1:`, and the `zh:` of its release. */
  hashes: z.array(z.string()),
  sizeBytes: z.number(),
});

/** What stands beside a package in the cache. */
type CacheNotes = z.infer<typeof noted>;

export interface CacheEntry extends CacheNotes {
  /** The entry's folder. */
  path: string;
  /** Its package, to be linked and never to be written to. */
  files: string;
  /** When it was last placed somewhere, in milliseconds since 1970. */
  usedAt: number;
}

const NOTES = 'entry.json';

/** Null where there is none, or none that is whole. */
export async function readCacheEntry(path: string): Promise<CacheEntry | null> {
  const file = join(path, NOTES);
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const notes = noted.safeParse(parseJson(text));
    return notes.success ? { ...notes.data, path, files: join(path, 'files'), usedAt: mtimeMs } : null;
  } catch (error) {
    if (hasCode(error, ['ENOENT', 'ENOTDIR'])) return null;
    throw error;
  }
}

/** Written last, and to disk: what has it is whole. */
export async function writeCacheNotes(path: string, notes: CacheNotes): Promise<void> {
  const file = await open(join(path, NOTES), 'wx', 0o644);
  try {
    await file.writeFile(`${JSON.stringify(notes)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Notes down that it is used now. Where the entry is another user's, its age counts from its making. */
export async function touchCacheEntry({ path }: CacheEntry): Promise<void> {
  const now = new Date();
  try {
    await utimes(join(path, NOTES), now, now);
  } catch (error) {
    if (!hasCode(error, ['EPERM', 'EACCES', 'ENOENT', 'EROFS'])) throw error;
  }
}

/** Whether something else links to its files: a warm directory of any daemon. */
export async function isLinked(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() ? await isLinked(path) : (await stat(path)).nlink > 1) return true;
  }
  return false;
}

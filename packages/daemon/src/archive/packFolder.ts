import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BerthError, limits } from '@berth/protocol';
import { Pack } from 'tar';
import { type FolderEntry, listFolder } from './folderListing.js';
import { refused } from './refused.js';

export interface PackedFolder {
  /** sha256 of the archive file. */
  digest: string;
  /** Size of the archive file. */
  sizeBytes: number;
  /** Files, folders and links in it. */
  entries: number;
  /** Paths that stayed out (see `isLeftOut`); a folder's ends with `/`. */
  leftOut: string[];
}

/**
 * Packs a template's folder into a gzip tar. The same content gives the same sha256 whoever packs it and whenever: the
 * order is fixed, owners and times are left away, and of the modes only "executable" is kept.
 *
 * @param target the archive file; written anew, and removed when packing fails
 * @throws BerthError `not_found` when there is no such folder, `no_configuration` when nothing in it is to be packed,
 *   `archive_refused` (naming the file) when it holds what no archive may hold
 */
export async function packFolder(folder: string, target: string): Promise<PackedFolder> {
  const root = resolve(folder);
  if (!(await isFolder(root))) throw new BerthError('not_found', `there is no folder '${folder}'`);
  const { entries, leftOut } = await listFolder(root);
  if (!entries.some(entry => !entry.stats.isDirectory())) {
    throw new BerthError('no_configuration', `the folder '${folder}' has no files to pack`);
  }
  const file = await open(target, 'w', 0o600);
  try {
    const { digest, sizeBytes } = await writeArchive(root, entries, file);
    return { digest, sizeBytes, entries: entries.length, leftOut };
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function writeArchive(
  root: string,
  entries: readonly FolderEntry[],
  file: FileHandle,
): Promise<{ digest: string; sizeBytes: number }> {
  const pack = new Pack({
    cwd: root,
    gzip: true,
    // No owners, no access times, and no name of the operating system in gzip's header.
    portable: true,
    noMtime: true,
    noDirRecurse: true,
    strict: true,
    statCache: new Map(entries.map(({ path, stats }) => [join(root, path), normalStats(stats)])),
  });
  for (const { path } of entries) pack.add(path);
  pack.end();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of pack) {
      sizeBytes += chunk.length;
      if (sizeBytes > limits.archivePackedBytes) throw tooLarge(root);
      hash.update(chunk);
      await file.write(chunk);
    }
  } catch (cause) {
    if (cause instanceof BerthError) throw cause;
    throw refused(failedPath(cause) ?? root, 'could not be packed; did it change meanwhile?', { cause });
  }
  return { digest: hash.digest('hex'), sizeBytes };
}

/** The stats that the archive's header is made of: modes 0755 and 0644 alone, and every file by itself, hard links too. */
function normalStats(stats: Stats): Stats {
  const executable = stats.isDirectory() || (stats.mode & 0o100) !== 0;
  const mode = (stats.mode & ~0o7777) | (executable ? 0o755 : 0o644);
  return Object.assign(Object.create(Object.getPrototypeOf(stats)), stats, { mode, nlink: 1 });
}

function tooLarge(root: string): BerthError {
  return refused(root, `is larger than ${limits.archivePackedBytes / 1024 ** 2} MiB when packed`, {
    hint: 'Push the folder that holds the template alone.',
  });
}

/** node-tar puts the file's path into its errors. */
function failedPath(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

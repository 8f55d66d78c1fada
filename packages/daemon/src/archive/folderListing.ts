import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '@berth/protocol';
import { isLeftOut } from './leftOut.js';
import { linkTargetError } from './linkTarget.js';
import { refused } from './refused.js';

/** A file, folder or link that goes into an archive. */
export interface FolderEntry {
  /** Relative to the folder, with `/`. */
  path: string;
  stats: Stats;
}

interface FolderListing {
  /** In one order for one content: folders before what they hold, names by code unit. */
  entries: FolderEntry[];
  /** Paths that stay out; a folder's ends with `/`. */
  leftOut: string[];
  /** The files' sizes added up. */
  sizeBytes: number;
}

/**
 * Lists what of a folder goes into its archive.
 *
 * @throws BerthError `archive_refused`, naming the file: too much or too many, a link that leads out, neither file,
 *   folder nor link
 */
export async function listFolder(folder: string): Promise<FolderListing> {
  const listing: FolderListing = { entries: [], leftOut: [], sizeBytes: 0 };
  await listInto(listing, folder, []);
  return listing;
}

async function listInto(listing: FolderListing, root: string, folders: string[]): Promise<void> {
  const names = (await readdir(join(root, ...folders))).sort((a, b) => (a < b ? -1 : 1));
  const found = await Promise.all(
    names.map(async name => {
      const path = [...folders, name].join('/');
      return { name, path, stats: await lstat(join(root, path)) };
    }),
  );
  for (const { name, path, stats } of found) {
    if (isLeftOut(name)) {
      listing.leftOut.push(stats.isDirectory() ? `${path}/` : path);
      continue;
    }
    await checkEntry(root, folders, path, stats);
    addEntry(listing, { path, stats });
    if (stats.isDirectory()) await listInto(listing, root, [...folders, name]);
  }
}

async function checkEntry(root: string, folders: string[], path: string, stats: Stats): Promise<void> {
  if (stats.isSymbolicLink()) {
    const error = linkTargetError(folders, await readlink(join(root, path)));
    if (error !== null) throw refused(path, error, { hint: 'Replace the link by what it points to.' });
  } else if (!stats.isFile() && !stats.isDirectory()) {
    throw refused(path, 'is neither a file, a folder nor a link');
  }
}

function addEntry(listing: FolderListing, entry: FolderEntry): void {
  listing.entries.push(entry);
  if (listing.entries.length > limits.archiveEntries) {
    throw refused(entry.path, `is more than the ${limits.archiveEntries} files and folders that a template may have`, {
      hint: 'Push the folder that holds the template alone.',
    });
  }
  if (entry.stats.isFile()) listing.sizeBytes += entry.stats.size;
  if (listing.sizeBytes > limits.archiveUnpackedBytes) {
    throw refused(entry.path, `makes the template larger than ${limits.archiveUnpackedBytes / 1024 ** 2} MiB`);
  }
}

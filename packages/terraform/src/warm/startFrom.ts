import { constants, type Dirent } from 'node:fs';
import { copyFile, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Where init puts the plugins, below the working directory. No run writes there, and they are large. */
const PLUGINS = join('.terraform', 'providers');

/**
 * Makes `work` an initialised working directory: a copy of the warm one, so that a template that writes into its own
 * folder or into a module's writes into this attempt alone. Only the plugins are shared, by a link.
 *
 * @param files the warm directory's files
 * @param work an empty folder, or none yet
 */
export async function startFrom(files: string, work: string): Promise<void> {
  await copyFolder(files, work, '');
}

async function copyFolder(from: string, to: string, inner: string): Promise<void> {
  const folder = join(to, inner);
  const [entries] = await Promise.all([
    readdir(join(from, inner), { withFileTypes: true }),
    mkdir(folder, { recursive: true }),
  ]);
  await Promise.all(entries.map(entry => copyEntry(from, to, join(inner, entry.name), entry)));
}

async function copyEntry(from: string, to: string, path: string, entry: Dirent): Promise<void> {
  if (path === PLUGINS) {
    await symlink(join(from, path), join(to, path));
  } else if (entry.isDirectory()) {
    await copyFolder(from, to, path);
  } else if (entry.isSymbolicLink()) {
    await symlink(await readlink(join(from, path)), join(to, path));
  } else {
    // Shares the blocks until one of the two is written to, where the file system can; copies elsewhere.
    await copyFile(join(from, path), join(to, path), constants.COPYFILE_FICLONE);
  }
}

import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Shows a package in another place by links to the same files, which cost nothing and keep them alive whatever becomes
 * of the first place; by copies where there can be no links (another file system, another owner).
 */
export async function linkPackage(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkPackage(source, target);
    else await linkFile(source, target);
  }
}

async function linkFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!hasCode(error, ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'])) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

/** Moves a package, or copies it where it cannot be moved; links are followed, and what they lead to stays. */
export async function takePackage(from: string, to: string, isLink: boolean): Promise<void> {
  if (!isLink) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!hasCode(error, ['EXDEV', 'EPERM', 'EACCES'])) throw error;
    }
  }
  await copyPackage(from, to);
}

async function copyPackage(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyPackage(source, target);
    else await copyFile(source, target, constants.COPYFILE_FICLONE);
  }
}

/** Takes away every right to write to the files of a package, and brings them to disk. Returns how many bytes they are. */
export async function sealPackage(folder: string): Promise<number> {
  let size = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    size += entry.isDirectory() ? await sealPackage(path) : await sealFile(path);
  }
  await chmod(folder, 0o755);
  return size;
}

async function sealFile(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { mode, size } = await file.stat();
    await file.chmod(mode & 0o111 ? 0o555 : 0o444);
    await file.sync();
    return size;
  } finally {
    await file.close();
  }
}

/** Whether an error of the file system has one of these codes. */
export function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

/** Whether something could not be written because of the disk, or of rights on it. */
export function isOfDisk(error: unknown): error is Error {
  return hasCode(error, ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO']);
}

import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes a folder with all that is in it, also where a template has made folders that may not be written to (package
 * caches do so).
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')))
      throw error;
    await makeWritable(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** Links are not followed: what they lead to is not ours. */
async function makeWritable(path: string): Promise<void> {
  await chmod(path, 0o700);
  const folders = (await readdir(path, { withFileTypes: true })).filter(entry => entry.isDirectory());
  await Promise.all(folders.map(entry => makeWritable(join(path, entry.name))));
}

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../plugins/packageFiles.js';
import { keyOf, type MirrorPackage } from './mirrorPackages.js';

type Named = Pick<MirrorPackage, 'address' | 'version' | 'platform'>;

/** What a package was when it was added, as its `h1:` hash; null when nobody noted it down. */
export async function readSum(mirror: string, plugin: Named): Promise<string | null> {
  try {
    return (await readFile(sumFile(mirror, plugin), 'utf8')).trim() || null;
  } catch (error) {
    if (hasCode(error, ['ENOENT'])) return null;
    throw error;
  }
}

/** One file for each package: two that add to a mirror at once do not meet. */
export async function writeSum(mirror: string, plugin: Named, hash: string): Promise<void> {
  const file = sumFile(mirror, plugin);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.${process.pid}`, `${hash}\n`);
  await rename(`${file}.${process.pid}`, file);
}

/** Engines look past what begins with a dot, and past a file that stands where folders do. */
function sumFile(mirror: string, plugin: Named): string {
  return join(mirror, '.berth', keyOf(plugin).replaceAll('/', '_'));
}

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './packageFiles.js';

/** A plugin in an initialised folder. */
export interface InstalledPlugin {
  /** `HOST/NAMESPACE/TYPE`. */
  address: string;
  version: string;
  /** Of the unpacked package. */
  path: string;
  /** It is a link to a mirror's. */
  isLink: boolean;
}

/** Where the engine keeps a plugin of an initialised folder. */
export function installedPath(
  folder: string,
  { address, version }: { address: string; version: string },
  platform: string,
): string {
  return join(folder, '.terraform', 'providers', address, version, platform);
}

/** The plugins that init has put into a folder. */
export async function listInstalled(folder: string, platform: string): Promise<InstalledPlugin[]> {
  const root = join(folder, '.terraform', 'providers');
  let names = [''];
  // HOST/NAMESPACE/TYPE/VERSION
  for (let depth = 0; depth < 4; depth++) {
    const lists = names.map(async name => (await list(join(root, name))).map(inner => join(name, inner)));
    names = (await Promise.all(lists)).flat();
  }
  const found: InstalledPlugin[] = [];
  for (const name of names) {
    const path = join(root, name, platform);
    const status = await lstat(path).catch(() => null);
    if (status === null) continue;
    const parts = name.split('/');
    const version = parts.pop() ?? '';
    found.push({ address: parts.join('/'), version, path, isLink: status.isSymbolicLink() });
  }
  return found;
}

async function list(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (hasCode(error, ['ENOENT', 'ENOTDIR'])) return [];
    throw error;
  }
}

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TerraformError } from '../errors.js';
import { hasCode } from '../plugins/packageFiles.js';

/** A plugin in a mirror folder, for one platform. */
export interface MirrorPackage {
  /** `HOST/NAMESPACE/TYPE`. */
  address: string;
  version: string;
  platform: string;
  /** Of the unpacked package, or of its archive. */
  path: string;
  packed: boolean;
}

/**
 * Everything that a mirror folder holds, sorted by address, version and platform.
 *
 * @throws TerraformError `invalid_mirror` when it cannot be read
 */
export async function listPackages(folder: string): Promise<MirrorPackage[]> {
  const found: MirrorPackage[] = [];
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder');
    for (const address of await paths(folder, 3)) {
      for (const name of await list(join(folder, address))) {
        const path = join(folder, address, name);
        const [, version, platform] = ARCHIVE.exec(name) ?? [];
        if (version !== undefined && platform !== undefined) {
          found.push({ address, version, platform, path, packed: true });
          continue;
        }
        for (const inner of (await list(path)).filter(text => PLATFORM.test(text))) {
          found.push({ address, version: name, platform: inner, path: join(path, inner), packed: false });
        }
      }
    }
  } catch (cause) {
    const why = cause instanceof Error && !hasCode(cause, ['ENOENT']) ? cause.message : 'it is not there';
    throw new TerraformError('invalid_mirror', `the plugin mirror ${folder} cannot be read: ${why}`, { cause });
  }
  return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Names the package within its mirror: `HOST/NAMESPACE/TYPE/VERSION/PLATFORM`. */
export function keyOf({ address, version, platform }: Pick<MirrorPackage, 'address' | 'version' | 'platform'>): string {
  return `${address}/${version}/${platform}`;
}

const ARCHIVE = /^terraform-provider-[^_]+_(.+)_([a-z0-9]+_[a-z0-9]+)\.zip$/;
const PLATFORM = /^[a-z0-9]+_[a-z0-9]+$/;

async function paths(folder: string, depth: number): Promise<string[]> {
  let names = [''];
  for (let i = 0; i < depth; i++) {
    const lists = names.map(async name => (await list(join(folder, name))).map(inner => join(name, inner)));
    names = (await Promise.all(lists)).flat();
  }
  return names;
}

/** Nothing for what is no folder. */
async function list(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter(name => !name.startsWith('.'));
  } catch (error) {
    if (hasCode(error, ['ENOTDIR', 'ENOENT'])) return [];
    throw error;
  }
}

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TerraformError } from '../errors.js';
import { hasCode } from '../plugins/packageFiles.js';

/**
 * Lists the plugins that a mirror folder has for a platform, as `HOST/NAMESPACE/TYPE`, sorted. Both layouts count:
 * unpacked `HOST/NAMESPACE/TYPE/VERSION/PLATFORM/` and packed
 * `HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_PLATFORM.zip`.
 *
 * @throws TerraformError `invalid_mirror` when the folder cannot be read
 */
export async function listMirror(folder: string, platform: string): Promise<string[]> {
  const plugins: string[] = [];
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder');
    for (const host of await folders(folder)) {
      for (const namespace of await folders(join(folder, host))) {
        for (const type of await folders(join(folder, host, namespace))) {
          if (await has(join(folder, host, namespace, type), type, platform)) {
            plugins.push(`${host}/${namespace}/${type}`);
          }
        }
      }
    }
  } catch (cause) {
    const why = cause instanceof Error && !hasCode(cause, ['ENOENT']) ? cause.message : 'it is not there';
    throw new TerraformError('invalid_mirror', `the plugin mirror ${folder} cannot be read: ${why}`, { cause });
  }
  return plugins.sort();
}

async function folders(path: string): Promise<string[]> {
  return (await entries(path)).filter(entry => isFolder(entry)).map(entry => entry.name);
}

/** Lists a folder; nothing where `path` is a link to something else. */
async function entries(path: string): Promise<Dirent[]> {
  if (!(await stat(path)).isDirectory()) return [];
  const found = await readdir(path, { withFileTypes: true });
  return found.filter(entry => !entry.name.startsWith('.'));
}

/** A link may lead to a folder: unpacked mirrors are often links into a cache. */
function isFolder(entry: Dirent): boolean {
  return entry.isDirectory() || entry.isSymbolicLink();
}

async function has(path: string, type: string, platform: string): Promise<boolean> {
  for (const entry of await entries(path)) {
    if (entry.name.startsWith(`terraform-provider-${type}_`) && entry.name.endsWith(`_${platform}.zip`)) return true;
    if (!isFolder(entry)) continue;
    const platforms = await entries(join(path, entry.name));
    if (platforms.some(inner => inner.name === platform && isFolder(inner))) return true;
  }
  return false;
}

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './packageFiles.js';

/** Whether a mirror is an address, in place of a folder. */
export function isAddress(mirror: string): boolean {
  return /^[a-z]+:\/\//i.test(mirror);
}

/** Versions of a plugin that a mirror folder has for a platform, packed or unpacked. */
export async function versionsIn(folder: string, address: string, platform: string): Promise<string[]> {
  const type = address.slice(address.lastIndexOf('/') + 1);
  const versions: string[] = [];
  for (const name of await list(join(folder, address))) {
    const packed = new RegExp(`^terraform-provider-${type.replaceAll('.', '\\.')}_(.+)_${platform}\\.zip$`).exec(name);
    if (packed?.[1] !== undefined) versions.push(packed[1]);
    else if (await isFolder(join(folder, address, name, platform))) versions.push(name);
  }
  return versions;
}

/** Where plugins come from, for people: `the folder /mirror, the mirror https://…`, or the plugins' registries. */
export function describeSources(mirrors: readonly string[], registry: string): string {
  const named = mirrors.map(mirror =>
    isAddress(mirror) ? `the mirror ${withoutLogin(mirror)}` : `the folder ${mirror}`,
  );
  return [...named, ...(mirrors.some(isAddress) ? [] : [registry])].join(', ');
}

/** An address may carry a name and a password. */
function withoutLogin(address: string): string {
  return address.replace(/^([a-z]+:\/\/)[^/]*@/i, '$1');
}

async function list(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (hasCode(error, ['ENOENT', 'ENOTDIR'])) return [];
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, ['ENOENT', 'ENOTDIR', 'ELOOP'])) return false;
    throw error;
  }
}

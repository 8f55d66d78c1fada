import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LockedPlugin } from '../plugins/lockedPlugins.js';
import { hashFile, hashPackage } from '../plugins/packageHash.js';
import { unzip } from '../unzip.js';
import { listPackages, type MirrorPackage } from './mirrorPackages.js';
import { readSum } from './mirrorSums.js';

/** A package of a mirror, and what is wrong with it. */
export interface VerifiedPackage extends MirrorPackage {
  /** `h1:`; null when it cannot be read. */
  hash: string | null;
  /** Its content was compared with what was noted down when it was added, or with a lock file. */
  compared: boolean;
  /** Null when nothing is. */
  problem: string | null;
}

/** A plugin of a lock file that the mirror does not have. */
export interface MirrorCheck {
  packages: VerifiedPackage[];
  missing: LockedPlugin[];
}

/**
 * Reads every package of a mirror and compares it with what it was when it was added, and with a lock file.
 *
 * @param locked plugins that the mirror should have, in some platform
 */
export async function verifyMirror(mirror: string, locked: readonly LockedPlugin[] = []): Promise<MirrorCheck> {
  const packages: VerifiedPackage[] = [];
  for (const found of await listPackages(mirror)) packages.push(await verify(mirror, found, locked));
  const has = ({ address, version }: LockedPlugin): boolean => {
    return packages.some(found => found.address === address && found.version === version);
  };
  return { packages, missing: locked.filter(plugin => !has(plugin)) };
}

async function verify(mirror: string, found: MirrorPackage, locked: readonly LockedPlugin[]): Promise<VerifiedPackage> {
  let hashes: string[];
  try {
    hashes = found.packed ? await hashArchive(found.path) : [await hashUnpacked(found)];
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...found, hash: null, compared: false, problem };
  }
  const [hash = null] = hashes;
  const noted = await readSum(mirror, found);
  const lock = locked.find(({ address, version }) => address === found.address && version === found.version);
  const compared = noted !== null || lock !== undefined;
  if (noted !== null && noted !== hash) {
    return { ...found, hash, compared, problem: 'it was changed since it was added' };
  }
  if (lock !== undefined && !hashes.some(text => lock.hashes.includes(text))) {
    return { ...found, hash, compared, problem: 'the lock file has none of its checksums' };
  }
  return { ...found, hash, compared, problem: null };
}

async function hashUnpacked({ path, address }: MirrorPackage): Promise<string> {
  const program = `terraform-provider-${address.slice(address.lastIndexOf('/') + 1)}`;
  if (!(await readdir(path)).some(name => name.startsWith(program))) throw new Error(`there is no program ${program}`);
  return hashPackage(path);
}

/** `h1:` of what is in it, and `zh:` of itself. */
async function hashArchive(path: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-mirror-'));
  try {
    await unzip(path, folder);
    return [await hashPackage(folder), `zh:${await hashFile(path)}`];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TerraformError } from '../errors.js';
import { clearDrafts, DRAFT } from '../plugins/drafts.js';
import { hasCode, isOfDisk, linkPackage, sealPackage } from '../plugins/packageFiles.js';
import { hashFile, hashPackage } from '../plugins/packageHash.js';
import { unzip } from '../unzip.js';
import { keyOf, type MirrorPackage } from './mirrorPackages.js';
import { writeSum } from './mirrorSums.js';

/** A plugin to add. */
export interface NewPackage {
  /** `NAMESPACE/TYPE`, or with a `HOST/` before it. Without a host it is for the registries of both engines. */
  address: string;
  version: string;
  /** As Go has it: `linux_amd64`. */
  platform: string;
  /** A release's zip archive, the program alone, or a folder with an unpacked package. */
  file: string;
  /** sha256 of a file, hexadecimal, as its maker gives it; null where nobody does. */
  sha256: string | null;
}

export interface AddedPackage extends Pick<MirrorPackage, 'address' | 'version' | 'platform' | 'path'> {
  /** It was there before, with the same content. */
  already: boolean;
}

/** Where the two engines look for a plugin whose address names no host. */
export const REGISTRY_HOSTS = ['registry.terraform.io', 'registry.opentofu.org'];

/**
 * Adds a plugin to an unpacked mirror: made aside, and renamed when it is whole, so that engines may use the mirror
 * meanwhile.
 *
 * @throws TerraformError `invalid_plugin` when the file is not what it should be, or the mirror has another under that name
 */
export async function addPackage(mirror: string, plugin: NewPackage): Promise<AddedPackage[]> {
  const addresses = addressesOf(plugin.address);
  const draft = await makeDraft(mirror);
  try {
    const files = join(draft, 'files');
    await mkdir(files);
    await fill(files, plugin);
    await requireProgram(files, plugin);
    await sealPackage(files);
    const added: AddedPackage[] = [];
    for (const address of addresses) added.push(await putAt(mirror, files, { ...plugin, address }));
    return added;
  } catch (cause) {
    if (!isOfDisk(cause)) throw cause;
    throw new TerraformError('invalid_mirror', `the plugin mirror ${mirror} cannot be written to: ${cause.message}`, {
      cause,
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The addresses that a plugin is found by: in small letters, as engines look for them. */
export function addressesOf(given: string): string[] {
  const address = given.toLowerCase();
  if (!ADDRESS.test(address)) {
    throw invalid(`'${given}' is no plugin's address`, 'Give NAMESPACE/TYPE, or HOST/NAMESPACE/TYPE.');
  }
  return address.split('/').length === 3 ? [address] : REGISTRY_HOSTS.map(host => `${host}/${address}`);
}

/** A host may have a port. */
const ADDRESS = /^([a-z0-9][a-z0-9._-]*(:\d+)?\/)?[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*$/;

/** What others left who were killed goes. */
async function makeDraft(mirror: string): Promise<string> {
  try {
    await mkdir(mirror, { recursive: true });
    const draft = await mkdtemp(join(mirror, DRAFT));
    await clearDrafts(mirror, Date.now());
    return draft;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TerraformError('invalid_mirror', `the plugin mirror ${mirror} cannot be written to: ${why}`, { cause });
  }
}

async function fill(folder: string, { file, sha256, address, version }: NewPackage): Promise<void> {
  const status = await stat(file).catch((cause: unknown) => {
    throw new TerraformError('invalid_plugin', `there is no file '${file}'`, { cause });
  });
  if (status.isDirectory()) return linkPackage(file, folder);
  if (sha256 !== null) {
    const found = await hashFile(file);
    if (found !== sha256.toLowerCase()) {
      throw invalid(`'${file}' has the sha256 ${found}, not ${sha256.toLowerCase()}`, 'Fetch it again from its maker.');
    }
  }
  if (file.endsWith('.zip')) {
    await unzip(file, folder).catch((cause: unknown) => {
      if (isOfDisk(cause)) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TerraformError('invalid_plugin', `'${file}' cannot be unpacked: ${why}`, { cause });
    });
    return;
  }
  const program = join(folder, `terraform-provider-${typeOf(address)}_v${version}`);
  await copyFile(file, program);
  await chmod(program, 0o755);
}

/** What an engine looks for in a package. */
async function requireProgram(folder: string, { file, address }: NewPackage): Promise<void> {
  const name = `terraform-provider-${typeOf(address)}`;
  if ((await readdir(folder)).some(entry => entry === name || entry.startsWith(`${name}_`))) return;
  throw invalid(`'${file}' holds no program ${name}`, 'Is it the plugin that --plugin names?');
}

async function putAt(mirror: string, files: string, plugin: NewPackage): Promise<AddedPackage> {
  const { address, version, platform } = plugin;
  const path = join(mirror, keyOf(plugin));
  const draft = await mkdtemp(join(mirror, DRAFT));
  try {
    await linkPackage(files, join(draft, 'files'));
    await mkdir(dirname(path), { recursive: true });
    const already = !(await tryRename(join(draft, 'files'), path));
    const hash = await hashPackage(files);
    if (already && (await hashPackage(path)) !== hash) {
      throw invalid(
        `${path} is there already, with other content`,
        'Remove that folder first if the new one is right.',
      );
    }
    await writeSum(mirror, plugin, hash);
    return { address, version, platform, path, already };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** False when there is something of that name. */
async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'])) return false;
    throw error;
  }
}

function typeOf(address: string): string {
  return basename(address).toLowerCase();
}

function invalid(message: string, hint: string): TerraformError {
  return new TerraformError('invalid_plugin', message, { hint });
}

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BerthError } from '@berth/protocol';
import { type AddedPackage, addPackage } from '@berth/terraform';
import { berthErrors } from '../engineErrors.js';

export interface FileToAdd {
  /** A release's zip archive, or the program alone. */
  file: string;
  /** `NAMESPACE/TYPE`, or with a `HOST/` before it. */
  address: string | undefined;
  /** As the name of the file has it unless given. */
  version: string | undefined;
  /** As the name of the file has it unless given, and else that of this machine. */
  platform: string | undefined;
  /** Needed for a program alone. */
  sha256: string | undefined;
}

/**
 * Adds a plugin from a file to a mirror.
 *
 * @throws BerthError `invalid_request`
 */
export async function addFromFile(mirror: string, given: FileToAdd): Promise<AddedPackage[]> {
  const { file, address, sha256 } = given;
  const status = await stat(file).catch((cause: unknown) => {
    throw new BerthError('invalid_request', `there is no file '${file}'`, { cause });
  });
  if (!status.isFile())
    throw refused(`'${file}' is no file`, "Give a release's zip archive, a program or a lock file.");
  const named = namesOf(basename(file));
  const version = given.version ?? named.version;
  const platform = given.platform ?? named.platform ?? thisPlatform();
  if (address === undefined) {
    throw refused(`nothing says which plugin '${file}' is`, 'Name it with --plugin NAMESPACE/TYPE.');
  }
  if (version === undefined) {
    throw refused(`nothing says which version '${file}' is`, 'Give it with --plugin-version.');
  }
  if (!VERSION.test(version)) throw refused(`'${version}' is no version of a plugin`, 'Give one as 1.2.3.');
  if (!/^[a-z0-9]+_[a-z0-9]+$/.test(platform))
    throw refused(`'${platform}' is no platform`, 'Give one as linux_amd64.');
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw refused(`'${sha256}' is no sha256`, 'It has 64 hexadecimal digits.');
  }
  if (sha256 === undefined && !file.endsWith('.zip')) {
    throw refused(`nothing says that '${file}' is what its maker released`, 'Give its checksum with --sha256.');
  }
  return berthErrors(addPackage(mirror, { file, address, version, platform, sha256: sha256 ?? null }));
}

/** As semantic versioning has it; it becomes the name of a folder. */
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** What the name of a release tells: `terraform-provider-time_0.13.1_linux_amd64.zip`, `terraform-provider-time_v0.13.1`. */
function namesOf(name: string): { version?: string | undefined; platform?: string | undefined } {
  const [, version, platform] =
    /^terraform-provider-[^_]+_v?(\d[^_]*?)(?:_x\d+)?(?:_([a-z0-9]+_[a-z0-9]+))?(?:\.zip)?$/.exec(name) ?? [];
  return { version, platform };
}

/** As Go names it. */
function thisPlatform(): string {
  return `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
}

function refused(message: string, hint: string): BerthError {
  return new BerthError('invalid_request', message, { hint });
}

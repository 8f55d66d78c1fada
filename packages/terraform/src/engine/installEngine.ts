import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { arch, platform as system } from 'node:os';
import { basename, join } from 'node:path';
import { TerraformError } from '../errors.js';
import { guardHolds } from '../guards.js';
import { withFileLock } from '../plugins/fileLock.js';
import { unzip } from '../unzip.js';
import { type DownloadOptions, downloadBytes, downloadFile } from './download.js';
import { releaseFiles, releaseUrls, splitLogin } from './releaseFiles.js';
import { checkSignature } from './signature.js';
import { compareVersions, type EngineName, minimumVersions } from './versions.js';

export interface InstallEngineOptions {
  name: EngineName;
  /** `MAJOR.MINOR.PATCH`, with a pre-release suffix perhaps. */
  version: string;
  /** Holds installed engines, each in a folder of its own; made if it is not there. Several processes may share it. */
  folder: string;
  /** Where releases are, in place of the original place; as `releaseFiles` says. It may have a name and a password. */
  releaseUrl?: string | undefined;
  /** File of the public key that signs them, in place of the makers' own. */
  keyFile?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Gives up when nothing has come for so long. */
  stallMs?: number | undefined;
  /** Is told before something is fetched. */
  onFetch?: ((url: string) => void) | undefined;
}

/** Sums and signature are a few KiB. */
const SMALL_BYTES = 1024 ** 2;
const ARCHIVE_BYTES = 1024 ** 3;

/**
 * Installs a release of an engine unless it is there: its list of checksums is fetched and the signature on it checked,
 * then the archive, which must be what the list says; it is unpacked aside, brought to disk, and renamed. One process
 * does it, however many ask.
 *
 * @returns path of the program
 * @throws TerraformError `engine_install_failed`, `engine_too_old`
 */
export async function installEngine(options: InstallEngineOptions): Promise<string> {
  const { name, version, folder } = options;
  const signal = options.signal ?? new AbortController().signal;
  if (!/^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/.test(version)) {
    throw new TerraformError('engine_install_failed', `'${version}' is no version of an engine`, {
      hint: 'Give one as 1.11.4; tofu@1.9.0 for OpenTofu.',
    });
  }
  if (compareVersions(version, minimumVersions[name]) < 0) {
    const message = `${name} ${version} cannot be used; at least ${minimumVersions[name]} is needed`;
    throw new TerraformError('engine_too_old', message);
  }
  const target = join(folder, `${name}_${version}_${goPlatform()}`);
  const program = join(target, name);
  if (await isThere(program)) return program;
  await step(`cannot write to ${folder}`, mkdir(folder, { recursive: true, mode: 0o700 }));
  const lock = { path: `${target}.lock`, code: 'engine_install_failed' } as const;
  await withFileLock(lock, signal, async () => {
    if (!(await isThere(program))) await install(options, target, signal);
  });
  return program;
}

async function install(options: InstallEngineOptions, target: string, signal: AbortSignal): Promise<void> {
  const { name, version, folder, keyFile, stallMs = 60_000, onFetch } = options;
  const { address, login } = splitLogin(options.releaseUrl ?? releaseUrls[name]);
  const files = releaseFiles(name, version, goPlatform(), address);
  const how: Omit<DownloadOptions, 'maxBytes'> = { signal, stallMs, login };
  const draft = await step(`cannot write to ${folder}`, makeDraft(folder, basename(target)));
  try {
    const key = keyFile === undefined ? null : await step(`cannot read the key ${keyFile}`, readFile(keyFile));
    const small = { ...how, maxBytes: SMALL_BYTES };
    const sums = await step(`cannot fetch ${files.sums}`, downloadBytes(files.sums, small));
    const signature = await step(`cannot fetch ${files.signature}`, downloadBytes(files.signature, small));
    await step(
      `the signature ${files.signature} is not the makers' own: nothing of it is used`,
      checkSignature(sums, signature, name, key),
    );
    const wanted = sumOf(sums.toString('utf8'), files.archiveName);
    if (wanted === null) throw failed(`the release ${version} of ${name} has no ${files.archiveName}`);
    onFetch?.(files.archive);
    const archive = join(draft, 'release.zip');
    const large = { ...how, maxBytes: ARCHIVE_BYTES };
    const found = await step(`cannot fetch ${files.archive}`, downloadFile(files.archive, archive, large));
    if (found !== wanted && guardHolds('terraform.engine_checksum')) {
      throw failed(`${files.archive} has the sha256 ${found}, and its makers signed ${wanted}`);
    }
    const unpacked = join(draft, 'files');
    await step(`cannot unpack ${files.archive}`, unzip(archive, unpacked));
    await step(`${files.archive} holds no program ${name}`, seal(join(unpacked, name)));
    await step(`cannot write to ${folder}`, replace(unpacked, target));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A folder to install into. Whose drafts are still there was killed: the lock is ours. */
async function makeDraft(folder: string, target: string): Promise<string> {
  const prefix = `.draft-${target}-`;
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
  }
  return mkdtemp(join(folder, prefix));
}

/** `SHA256  NAME`, a line for each file. */
function sumOf(sums: string, name: string): string | null {
  for (const line of sums.split('\n')) {
    const [, sum, file] = /^([0-9a-f]{64})\s+\*?(\S+)$/i.exec(line.trim()) ?? [];
    if (file === name && sum !== undefined) return sum.toLowerCase();
  }
  return null;
}

/** What stands in the place has no program, or it would have been taken for the engine. */
async function replace(unpacked: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await rename(unpacked, target);
}

async function seal(program: string): Promise<void> {
  await chmod(program, 0o755);
  const file = await open(program, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function isThere(program: string): Promise<boolean> {
  return stat(program).then(
    status => status.isFile(),
    () => false,
  );
}

/** As releases are named. */
function goPlatform(): string {
  return `${system()}_${arch() === 'x64' ? 'amd64' : arch()}`;
}

/** Names what went wrong, with the reason behind it. */
async function step<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw failed(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function failed(message: string, cause?: unknown): TerraformError {
  return new TerraformError('engine_install_failed', message, { cause });
}

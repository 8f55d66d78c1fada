import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * The `h1:` hash of an unpacked package, as lock files have it: sha256 over one line for each file, sorted by path, of
 * its own sha256 and its path (golang.org/x/mod/sumdb/dirhash, Hash1).
 */
export async function hashPackage(folder: string): Promise<string> {
  const files: PackageFile[] = [];
  for (const path of await listFiles(folder)) files.push({ path, sha256: await hashFile(join(folder, path)) });
  return combineHashes(files);
}

interface PackageFile {
  /** Below the package, with `/` between its parts. */
  path: string;
  /** Hexadecimal. */
  sha256: string;
}

/** The `h1:` hash of a package whose files have these. */
function combineHashes(files: readonly PackageFile[]): string {
  const sum = createHash('sha256');
  const byPath = [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  for (const { path, sha256 } of byPath) sum.update(`${sha256}  ${path}\n`);
  return `h1:${sum.digest('base64')}`;
}

/** sha256 of a file's content, hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(path), sum);
  return sum.digest('hex');
}

/** Paths of all files below a folder. */
async function listFiles(folder: string, inner = ''): Promise<string[]> {
  const entries = await readdir(join(folder, inner), { withFileTypes: true });
  const lists = entries.map(async entry => {
    const path = inner === '' ? entry.name : `${inner}/${entry.name}`;
    return entry.isDirectory() ? listFiles(folder, path) : [path];
  });
  return (await Promise.all(lists)).flat();
}

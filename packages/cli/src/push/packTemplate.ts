import { openAsBlob, rmSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';

export interface PackedTemplate {
  digest: string;
  sizeBytes: number;
  entries: number;
  /** Paths that stayed out of the archive. */
  leftOut: string[];
  /** Reads the archive from disk as it is used. */
  content: Blob;
  /** Removes the archive. */
  dispose(): void;
}

/**
 * Packs a template's folder into an archive in a temporary folder, which is gone after `dispose` and when the process
 * ends.
 *
 * @throws BerthError `not_found`, `no_configuration`, `archive_refused`, `limit_exceeded`
 */
export async function packTemplate(directory: string): Promise<PackedTemplate> {
  await requireConfiguration(directory);
  const { packFolder } = await import('@berth/daemon/archive');
  const folder = await mkdtemp(join(tmpdir(), 'berth-push-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const dispose = () => {
    process.removeListener('exit', remove);
    remove();
  };
  try {
    const file = join(folder, 'template.tgz');
    const packed = await packFolder(directory, file);
    return { ...packed, content: await openAsBlob(file), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Told here already: an import that can only fail would cost its pusher a version. */
async function requireConfiguration(directory: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const what = code === 'ENOENT' ? 'there is no folder' : code === 'ENOTDIR' ? 'this is no folder:' : 'cannot read';
    throw new BerthError('not_found', `${what} '${directory}'`, { cause });
  }
  if (names.some(name => /\.(tf|tofu)(\.json)?$/.test(name))) return;
  throw new BerthError('no_configuration', `the folder '${directory}' holds no Terraform configuration`);
}

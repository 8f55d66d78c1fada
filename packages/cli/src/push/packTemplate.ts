import { openAsBlob, rmSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { exitCodes } from '../output/exitCode.js';

export interface PackedTemplate {
  digest: string;
  sizeBytes: number;
  entries: number;
  /** Name of the stack that was synthesised; null for a folder that is the template itself. */
  stack: string | null;
  /** Paths that stayed out of the archive. */
  leftOut: string[];
  /** Reads the archive from disk as it is used. */
  content: Blob;
  /** Removes the archive. */
  dispose(): void;
}

/**
 * Packs a template's folder, or what a CDKTF project synthesises, into an archive in a temporary folder, which is gone
 * after `dispose` and when the process ends.
 *
 * @param stack which stack of a CDKTF project, if it has several
 * @throws BerthError `not_found`, `no_configuration`, `invalid_configuration`, `invalid_request`, `archive_refused`,
 *   `limit_exceeded`
 */
export async function packTemplate(directory: string, stack?: string): Promise<PackedTemplate> {
  const [{ packFolder }, { templateFolder }] = await Promise.all([
    import('@berth/daemon/archive'),
    import('../synthesis/templateFolder.js'),
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'berth-push-'));
  const dispose = removeAtEnd(folder);
  try {
    const source = await templateFolder(directory, stack, folder);
    await requireConfiguration(source.folder);
    const file = join(folder, 'template.tgz');
    const packed = await packFolder(source.folder, file);
    return { ...packed, stack: source.stack, content: await openAsBlob(file), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Removes the folder when the process ends or is told to; gives a function that removes it now. */
function removeAtEnd(folder: string): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const end = () => process.exit(exitCodes.interrupted);
  process.once('exit', remove);
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.removeListener(signal, end);
    process.removeListener('exit', remove);
    remove();
  };
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

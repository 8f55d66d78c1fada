import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BerthError } from '@berth/protocol';

/**
 * Makes the folder if it is not there (readable by its owner alone) and returns its absolute path.
 *
 * @throws BerthError `data_dir_unusable` when it cannot be made or written, or is no folder
 */
export function prepareFolder(dataDir: string): string {
  const folder = resolve(dataDir);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return folder;
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

/** `data_dir_unusable` with what the system said. */
export function unusable(folder: string, cause: unknown): BerthError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BerthError('data_dir_unusable', `the data directory ${folder} cannot be used: ${reason}`, {
    hint: 'Name a folder that this user can write with --data-dir.',
    cause,
  });
}

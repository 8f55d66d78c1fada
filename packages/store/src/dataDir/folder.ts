import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BerthError } from '@berth/protocol';

/**
 * Makes the folder if it is not there (readable by its owner alone) and returns its absolute path.
 *
 * @throws BerthError `data_dir_unusable` when it cannot be made or written, or is no folder
 */
export function prepareFolder(dataDir: string): string {
  const folder = resolve(dataDir);
  try {
    makeFolders(folder);
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return folder;
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

/**
 * Makes what is missing of the path, from its top on. Not by `recursive`, which never returns where a file system has the
 * folder above and says of each new one that there is none (`/proc`; Node 20).
 */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it at the same moment.
    if (!existsSync(folder)) throw error;
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

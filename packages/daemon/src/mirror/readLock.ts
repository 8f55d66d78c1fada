import { readFile } from 'node:fs/promises';
import { BerthError } from '@berth/protocol';
import { type LockedPlugin, readLockFilePlugins } from '@berth/terraform';

/** @throws BerthError `invalid_request` when it cannot be read, or names no plugin */
export async function readLock(file: string): Promise<LockedPlugin[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new BerthError('invalid_request', `there is no lock file '${file}'`, { cause });
  }
  const plugins = readLockFilePlugins(text);
  if (plugins.length > 0) return plugins;
  throw new BerthError('invalid_request', `the lock file '${file}' names no plugin`, {
    hint: "'terraform init' in the template's folder writes one.",
  });
}

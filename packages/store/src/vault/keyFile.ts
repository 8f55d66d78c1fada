import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { KEY_BYTES, newKey } from './vault.js';

/**
 * The key in the file, which is made at the first start: 32 random bytes, readable by its owner alone. The caller holds
 * the lock of the folder.
 *
 * @throws BerthError `encryption_key_unusable` when the file has another length
 */
export function readOrMakeKey(file: string): Buffer {
  const found = readIfThere(file);
  if (found === null) return makeKey(file);
  if (found.length === KEY_BYTES) return found;
  const problem = `${file} has ${found.length} bytes; an encryption key has ${KEY_BYTES}`;
  throw new BerthError('encryption_key_unusable', problem, {
    hint: 'Put the right file back: what is sealed with it cannot be read without it.',
  });
}

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Written aside, on disk before it has its name, and its name on disk before anything is sealed with it. */
function makeKey(file: string): Buffer {
  const key = newKey();
  const aside = `${file}.new`;
  const descriptor = openSync(aside, 'w', 0o600);
  try {
    writeSync(descriptor, key);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(aside, file);
  const folder = openSync(join(dirname(file)), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return key;
}

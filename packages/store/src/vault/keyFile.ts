import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { KEY_BYTES, newKey } from './vault.js';

/**
 * The keys in the file, that which seals first: 32 random bytes, made at the first start, readable by its owner alone. While
 * keys are exchanged, the old ones stand behind it. The caller holds the lock of the folder.
 *
 * @param fresh puts a new key before those that are there
 * @throws BerthError `encryption_key_unusable` when the file has another length
 */
export function readOrMakeKeys(file: string, fresh = false): Buffer[] {
  const found = readIfThere(file);
  if (found === null) return writeKeys(file, [newKey()]);
  if (found.length > 0 && found.length % KEY_BYTES === 0) {
    const keys = Array.from({ length: found.length / KEY_BYTES }, (_, i) =>
      found.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES),
    );
    return fresh ? writeKeys(file, [newKey(), ...keys]) : keys;
  }
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

/** Written aside, on disk before they have their name, and their name on disk before anything is sealed with them. */
export function writeKeys(file: string, keys: Buffer[]): Buffer[] {
  const aside = `${file}.new`;
  const descriptor = openSync(aside, 'w', 0o600);
  try {
    writeSync(descriptor, Buffer.concat(keys));
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
  return keys;
}

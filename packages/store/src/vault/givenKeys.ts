import { BerthError } from '@berth/protocol';
import { KEY_BYTES } from './vault.js';

/**
 * Reads encryption keys as operators give them, in a file or an environment variable: 32 bytes in base64 or hex, several
 * keys on lines of their own or with commas between them, that which encrypts first. A file may also hold one key as its
 * 32 bytes, which is what the store itself writes to `encryption.key`.
 *
 * @throws BerthError `encryption_key_unusable`, without a word of the key
 */
export function readEncryptionKeys(given: string | Uint8Array): Uint8Array[] {
  if (typeof given !== 'string' && given.byteLength === KEY_BYTES) return [given];
  const text = typeof given === 'string' ? given : Buffer.from(given).toString('utf8');
  const words = text.split(/[\s,]+/).filter(word => word !== '');
  if (words.length === 0) throw new BerthError('encryption_key_unusable', 'the encryption key is empty', howToMake);
  return words.map(readKey);
}

/** Shown wherever a key is missing. */
export const howToMake = {
  hint: "Make one with 'openssl rand -base64 32' and keep it apart from the database: without it nothing that is sealed can be read.",
};

function readKey(word: string, index: number): Uint8Array {
  const key = /^[0-9a-fA-F]{64}$/.test(word) ? Buffer.from(word, 'hex') : Buffer.from(word, 'base64');
  if (key.length === KEY_BYTES && /^[0-9a-zA-Z+/=_-]+$/.test(word)) return key;
  const problem = `encryption key ${index + 1} is not ${KEY_BYTES} bytes in base64 or hex`;
  throw new BerthError('encryption_key_unusable', problem, howToMake);
}

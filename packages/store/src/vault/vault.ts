import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { BerthError } from '@berth/protocol';

const FORMAT = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;

/** Length of an encryption key in bytes. */
export const KEY_BYTES = 32;

interface Key {
  id: string;
  encryption: Buffer;
  blobNames: Buffer;
}

/**
 * Seals what is secret before it reaches the database: AES-256-GCM with a random nonce for each value (so one key is good
 * for 2^32 values). The first key seals, all of them open, so that a key can be changed while old values are still there.
 *
 * A sealed value is: format (1 byte), key id (8), nonce (12), ciphertext, tag (16). It is bound to its `place`, such as
 * `build:ID`, and does not open at another one: rows cannot be exchanged behind our back.
 */
export class Vault {
  readonly #keys: readonly [Key, ...Key[]];

  /** @throws BerthError `encryption_key_unusable` for no key, or one that is not 32 bytes */
  constructor(keys: readonly Uint8Array[]) {
    const [first, ...others] = keys.map(deriveKey);
    if (first === undefined) throw new BerthError('encryption_key_unusable', 'no encryption key was given');
    this.#keys = [first, ...others];
  }

  /** Ids of the keys, that which seals first. They tell nothing of the keys. */
  get keyIds(): string[] {
    return this.#keys.map(key => key.id);
  }

  seal(plain: Uint8Array, place: string): Buffer {
    const key = this.#keys[0];
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.encryption, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(place));
    const header = Buffer.concat([Buffer.of(FORMAT), Buffer.from(key.id, 'hex'), nonce]);
    return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** Whether the first key has sealed it. */
  isSealedWithFirst(sealed: Uint8Array): boolean {
    const value = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    return value.toString('hex', 1, 1 + KEY_ID_BYTES) === this.#keys[0].id;
  }

  /** Throws when no key fits, or when the value was changed or stood elsewhere. */
  open(sealed: Uint8Array, place: string): Buffer {
    const value = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const id = value.toString('hex', 1, 1 + KEY_ID_BYTES);
    const key = this.#keys.find(candidate => candidate.id === id);
    if (value[0] !== FORMAT || key === undefined) throw new Error(`no key opens the value at ${place}`);
    const nonce = value.subarray(1 + KEY_ID_BYTES, HEADER_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key.encryption, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(value.subarray(value.length - TAG_BYTES));
    const plain = decipher.update(value.subarray(HEADER_BYTES, value.length - TAG_BYTES));
    // A stream cipher: nothing is left for the end but the check that nothing was changed, which throws.
    decipher.final();
    return plain;
  }

  /**
   * Names under which a content of this sha256 may be kept, the one for new content first: a keyed hash for each key.
   * Without the key nobody can tell from a name what the content is, or whether two databases hold the same.
   */
  blobNames(digest: string): [string, ...string[]] {
    const [first, ...others] = this.#keys;
    const name = (key: Key) => createHmac('sha256', key.blobNames).update(digest).digest('hex');
    return [name(first), ...others.map(name)];
  }
}

/** A fresh key. */
export function newKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

function deriveKey(key: Uint8Array): Key {
  if (key.byteLength !== KEY_BYTES) {
    throw new BerthError('encryption_key_unusable', `an encryption key has ${key.byteLength} bytes, not ${KEY_BYTES}`);
  }
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', key, '', `berth ${use}`, KEY_BYTES));
  return {
    id: createHash('sha256')
      .update(derive('key id'))
      .digest('hex')
      .slice(0, 2 * KEY_ID_BYTES),
    encryption: derive('encryption'),
    blobNames: derive('blob names'),
  };
}

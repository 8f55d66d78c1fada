import type { Key } from 'openpgp';
import { guardHolds } from '../guards.js';
import { type ReleaseKey, releaseKeys } from './releaseKeys.js';
import type { EngineName } from './versions.js';

/**
 * Checks a detached OpenPGP signature. Loaded with the library when it is needed: few processes install an engine.
 *
 * @param key file content of a public key, armored or not; null for that of the engine's makers
 * @throws Error when it is no signature of this key over this content
 */
export async function checkSignature(
  content: Buffer,
  signature: Buffer,
  name: EngineName,
  key: Buffer | null,
): Promise<void> {
  const { createMessage, readSignature, verify } = await import('openpgp');
  const verificationKeys = key === null ? await ownKey(releaseKeys[name]) : await givenKeys(key);
  const text = signature.toString('latin1');
  const { signatures } = await verify({
    message: await createMessage({ binary: new Uint8Array(content) }),
    signature: await (text.startsWith('-----BEGIN')
      ? readSignature({ armoredSignature: text })
      : readSignature({ binarySignature: new Uint8Array(signature) })),
    verificationKeys,
  });
  if (signatures.length === 0) throw new Error('there is no signature in it');
  const verified = await Promise.allSettled(signatures.map(signature => signature.verified));
  // Of who changes keys there may be one of each.
  if (verified.some(({ status }) => status === 'fulfilled') || !guardHolds('terraform.engine_signature')) return;
  for (const one of verified) if (one.status === 'rejected') throw one.reason;
}

/** @throws Error when it is not the key that it is said to be */
export async function ownKey({ fingerprint, base64 }: ReleaseKey): Promise<Key[]> {
  const { readKey } = await import('openpgp');
  const key = await readKey({ binaryKey: new Uint8Array(Buffer.from(base64, 'base64')) });
  if (key.getFingerprint() !== fingerprint) throw new Error(`the release key is not ${fingerprint}`);
  return [key];
}

async function givenKeys(key: Buffer): Promise<Key[]> {
  const { readKeys } = await import('openpgp');
  const text = key.toString('latin1');
  return text.includes('-----BEGIN') ? readKeys({ armoredKeys: text }) : readKeys({ binaryKeys: new Uint8Array(key) });
}

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Vault } from './vault.js';

/** Below this, compressing saves less than it costs. */
const COMPRESS_FROM_BYTES = 1024;
const PLAIN = 0;
const DEFLATED = 1;

/** Seals a value as JSON, compressed where it is long: one byte says which, then the text. */
export function sealJson(vault: Vault, value: unknown, place: string): Buffer {
  return sealJsonText(vault, Buffer.from(JSON.stringify(value)), place);
}

/** The same for a value that is JSON already. */
export function sealJsonText(vault: Vault, text: Buffer, place: string): Buffer {
  const content =
    text.length < COMPRESS_FROM_BYTES
      ? Buffer.concat([Buffer.of(PLAIN), text])
      : // Level 1: 100 MB/s, so that the largest result (16 MiB) holds the process up for 0.2 s at most.
        Buffer.concat([Buffer.of(DEFLATED), deflateRawSync(text, { level: 1 })]);
  return vault.seal(content, place);
}

/**
 * Opens what {@link sealJson} has sealed at the same place. Its type is the caller's to know: we alone write it, from
 * values that were parsed at the border.
 */
export function openJson<T>(vault: Vault, sealed: Uint8Array, place: string): T {
  const content = vault.open(sealed, place);
  const text = content[0] === DEFLATED ? inflateRawSync(content.subarray(1)) : content.subarray(1);
  const value: T = JSON.parse(text.toString('utf8'));
  return value;
}

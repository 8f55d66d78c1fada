import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorePlace } from '@berth/coordinator/offline';
import { BerthError } from '@berth/protocol';
import { dataFolder } from '../settings/configFolder.js';

/** What the flags of `storeFlags` gave. */
interface StoreFlagValues {
  'data-dir': string | undefined;
  'database-url': string | undefined;
  'encryption-key': string | undefined;
  'encryption-key-file': string | undefined;
}

/** @throws BerthError `invalid_request` when the file of the key cannot be read */
export function storePlace(flags: StoreFlagValues): StorePlace {
  return {
    dataDir: flags['data-dir'] ?? join(dataFolder(), 'coordinator'),
    databaseUrl: flags['database-url'],
    encryptionKey: keyGiven(flags),
  };
}

function keyGiven(flags: StoreFlagValues): string | Uint8Array | undefined {
  const file = flags['encryption-key-file'];
  if (file === undefined) return flags['encryption-key'];
  try {
    return readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new BerthError('invalid_request', `cannot read the encryption key in ${file} (${reason})`, { cause });
  }
}

import { type Clock, openStore, readEncryptionKeys, type Store } from '@berth/store';

/** Where a coordinator keeps what it knows. */
export interface StorePlace {
  /** Folder of its database and keys; made when it is not there. With a database URL it is not used for these. */
  dataDir: string;
  /** `postgres://…`: the database stands there, and needs an encryption key. */
  databaseUrl?: string | undefined;
  /**
   * Keys of 32 bytes in base64 or hex, with white space or commas between, or the bytes of one: the first encrypts, all
   * decrypt. Default on SQLite: the file `encryption.key` in the data directory, made at the first start.
   */
  encryptionKey?: string | Uint8Array | undefined;
}

/**
 * Opens the store of a place.
 *
 * @param newKey puts a new key before those in the data directory's own file
 * @throws BerthError as the store's `openStore`; `encryption_key_unusable` for keys that are none
 */
export function openStoreAt(
  { dataDir, databaseUrl, encryptionKey }: StorePlace,
  { clock, newKey }: { clock?: Clock; newKey?: boolean } = {},
): Promise<Store> {
  const keys = encryptionKey === undefined ? undefined : readEncryptionKeys(encryptionKey);
  return openStore(databaseUrl === undefined ? { dataDir, clock, keys, newKey } : { databaseUrl, keys });
}

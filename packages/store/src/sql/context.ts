import type { Vault } from '../vault/vault.js';
import type { StoreDatabase } from './database.js';

/** What every operation of the store works with. */
export interface StoreContext {
  readonly database: StoreDatabase;
  readonly vault: Vault;
}

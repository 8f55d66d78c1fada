import { BerthError } from '@berth/protocol';
import type { StoreDatabase } from '../sql/database.js';
import type { Vault } from './vault.js';

/**
 * Remembers which keys values are sealed with, and refuses to go on without one of them: a lost key file would else show
 * only when somebody's state cannot be read any more.
 *
 * @throws BerthError `encryption_key_unusable`
 */
export async function checkKeys(database: StoreDatabase, vault: Vault): Promise<void> {
  await database.write(async tx => {
    const rows = await tx.db.selectFrom('encryption_keys').select('id').execute();
    const given = vault.keyIds;
    const missing = rows.filter(row => !given.includes(row.id));
    if (missing.length > 0) {
      throw new BerthError(
        'encryption_key_unusable',
        `the database is encrypted with a key that was not given (key ids: ${missing.map(row => row.id).join(', ')})`,
        { hint: 'Give the key that this database was made with (with SQLite: the file encryption.key beside it).' },
      );
    }
    const known = new Set(rows.map(row => row.id));
    const fresh = [...new Set(given)].filter(id => !known.has(id)).map(id => ({ id, created_at: tx.now }));
    if (fresh.length === 0) return;
    await tx.db
      .insertInto('encryption_keys')
      .values(fresh)
      .onConflict(conflict => conflict.doNothing())
      .execute();
  });
}

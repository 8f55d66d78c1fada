import type { StoreContext } from '../context.js';
import { sql } from '../kysely.js';
import { resealBlobs } from './resealBlobs.js';
import { readSealed, type SealedColumn, sealedColumns } from './sealedColumns.js';

/** Seals everything with the vault's first key and forgets the others. */
export async function rotateKeys(context: StoreContext): Promise<number> {
  let count = 0;
  for (const column of sealedColumns) count += await resealColumn(context, column);
  count += await resealBlobs(context);
  const [first] = context.vault.keyIds;
  await context.database.write(async tx => {
    await tx.db
      .deleteFrom('encryption_keys')
      .where('id', '<>', first ?? '')
      .execute();
  });
  return count;
}

async function resealColumn(context: StoreContext, column: SealedColumn): Promise<number> {
  const { database, vault } = context;
  let count = 0;
  for await (const { key, place, sealed } of readSealed(context, column)) {
    if (vault.isSealedWithFirst(sealed)) continue;
    const fresh = vault.seal(vault.open(sealed, place), place);
    const row = column.key.map(name => sql`${sql.ref(name)} = ${key[name]}`);
    // Only if nobody has written another value meanwhile, which was sealed with the first key then.
    await database.write(tx =>
      sql`update ${sql.table(column.table)} set ${sql.ref(column.column)} = ${fresh}
        where ${sql.join(row, sql` and `)} and ${sql.ref(column.column)} = ${sealed}`.execute(tx.db),
    );
    count++;
  }
  return count;
}

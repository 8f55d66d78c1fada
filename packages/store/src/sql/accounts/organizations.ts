import { BerthError, type Page, type Paged } from '@berth/protocol';
import type { Kysely } from 'kysely';
import type { OrganizationRecord, OrganizationStore } from '../../contract/users.js';
import type { StoreContext } from '../context.js';
import { afterCursor, cutPage } from '../cursor.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import { nameKey } from '../nameKey.js';
import type { Tables } from '../tables/index.js';

export function organizationStore({ database }: StoreContext): OrganizationStore {
  return {
    create: ({ name }) => database.write(tx => create(tx, name)),
    getDefault: () =>
      database.read(async tx => {
        const row = await selectOrganizations(tx.db).where('is_default', '=', 1).executeTakeFirstOrThrow();
        return organizationRecord(row);
      }),
    byIdOrName: idOrName =>
      database.read(async tx => {
        const rows = await selectOrganizations(tx.db)
          .where(eb => eb.or([eb('id', '=', idOrName), eb('name_key', '=', nameKey(idOrName))]))
          .execute();
        const row = rows.find(candidate => candidate.id === idOrName) ?? rows[0];
        return row === undefined ? null : organizationRecord(row);
      }),
    list: (page, ids) => database.read(tx => list(tx, page, ids)),
  };
}

async function create(tx: Tx, name: string): Promise<OrganizationRecord> {
  const id = newId();
  const inserted = await tx.db
    .insertInto('organizations')
    .values({ id, name, name_key: nameKey(name), is_default: 0, created_at: tx.now })
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) {
    throw new BerthError('name_taken', `the organization ${name} exists already`, { fields: { name: 'taken' } });
  }
  return { id, name, default: false, createdAt: tx.now };
}

/** By name. */
async function list(tx: Tx, page: Page, ids?: readonly string[]): Promise<Paged<OrganizationRecord>> {
  if (ids?.length === 0) return { items: [], nextCursor: null };
  const rows = await selectOrganizations(tx.db)
    .$if(ids !== undefined, query => query.where('id', 'in', ids ?? []))
    .where(afterCursor(page, { by: 'organizations.name_key', id: 'organizations.id', direction: 'asc' }))
    .orderBy('name_key')
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
  return cutPage(rows.map(organizationRecord), page, organization => [nameKey(organization.name), organization.id]);
}

function selectOrganizations(db: Kysely<Tables>) {
  return db.selectFrom('organizations').select(['id', 'name', 'is_default as isDefault', 'created_at as createdAt']);
}

function organizationRecord(row: { id: string; name: string; isDefault: number; createdAt: number }) {
  return { id: row.id, name: row.name, default: row.isDefault === 1, createdAt: row.createdAt };
}

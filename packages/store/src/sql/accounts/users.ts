import { BerthError, type Page, type Paged, type SiteRole, type UserRole } from '@berth/protocol';
import type { NewUser, UserRecord, UserStore } from '../../contract/users.js';
import type { StoreContext } from '../context.js';
import { afterCursor, cutPage } from '../cursor.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import { nameKey } from '../nameKey.js';
import { selectUsers, type UserRow, userRecords } from './userRow.js';

export function userStore({ database }: StoreContext): UserStore {
  return {
    createFirst: user =>
      database.write(async tx => {
        const organizationId = await lockDefaultOrganization(tx);
        if (await anyUser(tx)) throw new BerthError('first_user_exists', 'the first user exists already');
        return insertUser(tx, user, 'owner', organizationId);
      }),
    create: user => database.write(async tx => insertUser(tx, user, user.role, await lockDefaultOrganization(tx))),
    anyExists: () => database.read(anyUser),
    byId: id => database.read(async tx => (await oneUser(tx, id)) ?? null),
    byLogin: login => database.read(tx => findByLogin(tx, nameKey(login))),
    list: page => database.read(tx => listUsers(tx, page)),
  };
}

/** Makers of users stand in line here, so that the first is one. */
async function lockDefaultOrganization(tx: Tx): Promise<string> {
  const { id } = await tx.db
    .selectFrom('organizations')
    .select('id')
    .where('is_default', '=', 1)
    .executeTakeFirstOrThrow();
  await tx.hold('organizations', id);
  return id;
}

async function anyUser(tx: Tx): Promise<boolean> {
  return (await tx.db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
}

async function insertUser(tx: Tx, user: NewUser, role: UserRole, organizationId: string): Promise<UserRecord> {
  const id = newId();
  const siteRole: SiteRole = role === 'owner' ? 'owner' : 'member';
  const inserted = await tx.db
    .insertInto('users')
    .values({
      id,
      username: user.username,
      username_key: nameKey(user.username),
      email: user.email,
      email_key: nameKey(user.email),
      password_hash: user.passwordHash,
      site_role: siteRole,
      created_at: tx.now,
    })
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) throw await taken(tx, user);
  await tx.db
    .insertInto('memberships')
    .values({ user_id: id, organization_id: organizationId, role: role === 'owner' ? 'admin' : role })
    .execute();
  const record = await oneUser(tx, id);
  if (record === undefined) throw new Error(`user ${id} is not there`);
  return record;
}

async function taken(tx: Tx, user: NewUser): Promise<BerthError> {
  const sameName = await tx.db
    .selectFrom('users')
    .select('id')
    .where('username_key', '=', nameKey(user.username))
    .executeTakeFirst();
  return sameName === undefined
    ? new BerthError('name_taken', `the email address ${user.email} is taken`, { fields: { email: 'taken' } })
    : new BerthError('name_taken', `the user name ${user.username} is taken`, { fields: { username: 'taken' } });
}

async function oneUser(tx: Tx, id: string): Promise<UserRecord | undefined> {
  return userRecords(await selectUsers(tx.db).where('users.id', '=', id).execute())[0];
}

async function findByLogin(tx: Tx, login: string) {
  const rows = await selectUsers(tx.db)
    .select('users.password_hash as passwordHash')
    .where(eb => eb.or([eb('users.username_key', '=', login), eb('users.email_key', '=', login)]))
    .execute();
  const [user] = userRecords(rows);
  const passwordHash = rows[0]?.passwordHash;
  return user === undefined || passwordHash === undefined ? null : { user, passwordHash };
}

/** By name. */
async function listUsers(tx: Tx, page: Page): Promise<Paged<UserRecord>> {
  const ids = tx.db
    .selectFrom('users')
    .select('users.id')
    .where(afterCursor(page, { by: 'users.username_key', id: 'users.id', direction: 'asc' }))
    .orderBy('users.username_key')
    .orderBy('users.id')
    .limit(page.limit + 1);
  const rows: UserRow[] = await selectUsers(tx.db)
    .where('users.id', 'in', ids)
    .orderBy('users.username_key')
    .orderBy('users.id')
    .execute();
  return cutPage(userRecords(rows), page, user => [nameKey(user.username), user.id]);
}

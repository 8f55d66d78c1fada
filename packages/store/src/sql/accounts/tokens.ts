import { BerthError, type Page, type Paged } from '@berth/protocol';
import type { Kysely } from 'kysely';
import type { TokenRecord, TokenStore, UserRecord } from '../../contract/users.js';
import type { StoreContext } from '../context.js';
import { afterCursor, cutPage } from '../cursor.js';
import type { StoreDatabase, Tx } from '../database.js';
import { newId } from '../ids.js';
import type { Tables } from '../tables/index.js';
import { selectUsers, userRecords } from './userRow.js';

/** How often the use of a token is written down. */
const NOTE_USE_MS = 60_000;

export function tokenStore({ database }: StoreContext): TokenStore {
  return {
    issue: token => database.write(tx => issue(tx, token)),
    authenticate: hash => authenticate(database, hash),
    list: (userId, page) => database.read(tx => listTokens(tx, userId, page)),
    revoke: (userId, nameOrId) => database.write(tx => revoke(tx, userId, nameOrId)),
  };
}

async function issue(tx: Tx, token: Parameters<TokenStore['issue']>[0]): Promise<TokenRecord> {
  const { userId, kind, name, hash, lifetimeMs } = token;
  const id = newId();
  const createdAt = tx.now;
  const expiresAt = lifetimeMs === null ? null : tx.now + lifetimeMs;
  const inserted = await tx.db
    .insertInto('tokens')
    .values({ id, user_id: userId, kind, name, hash, created_at: createdAt, expires_at: expiresAt })
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) {
    throw new BerthError('name_taken', `there is a token named '${name}' already`, { fields: { name: 'taken' } });
  }
  return { id, userId, name, kind, createdAt, expiresAt, lastUsedAt: null };
}

/** Most uses are read only: writing each down would make every request wait for the disk. */
async function authenticate(
  database: StoreDatabase,
  hash: string,
): Promise<{ token: TokenRecord; user: UserRecord } | null> {
  const found = await database.read(async tx => {
    const token = await selectTokens(tx.db)
      .where('tokens.hash', '=', hash)
      .where(eb => eb.or([eb('tokens.expires_at', 'is', null), eb('tokens.expires_at', '>', tx.now)]))
      .executeTakeFirst();
    if (token === undefined) return null;
    const [user] = userRecords(await selectUsers(tx.db).where('users.id', '=', token.userId).execute());
    return user === undefined ? null : { token, user, now: tx.now };
  });
  if (found === null) return null;
  const { token, user, now } = found;
  if (token.lastUsedAt !== null && now - token.lastUsedAt < NOTE_USE_MS) return { token, user };
  await database.write(
    async tx => {
      await tx.db.updateTable('tokens').set({ last_used_at: tx.now }).where('id', '=', token.id).execute();
      await tx.db.updateTable('users').set({ last_seen_at: tx.now }).where('id', '=', user.id).execute();
    },
    { durable: false },
  );
  return { token: { ...token, lastUsedAt: now }, user: { ...user, lastSeenAt: now } };
}

/** Newest first; what has expired is not shown. */
async function listTokens(tx: Tx, userId: string, page: Page): Promise<Paged<TokenRecord>> {
  const rows = await selectTokens(tx.db)
    .where('tokens.user_id', '=', userId)
    .where(eb => eb.or([eb('tokens.expires_at', 'is', null), eb('tokens.expires_at', '>', tx.now)]))
    .where(afterCursor(page, { by: 'tokens.created_at', id: 'tokens.id', direction: 'desc' }))
    .orderBy('tokens.created_at', 'desc')
    .orderBy('tokens.id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return cutPage(rows, page, token => [token.createdAt, token.id]);
}

/** By id, else an API token by name (which is one), else the newest session of that name. */
async function revoke(tx: Tx, userId: string, nameOrId: string): Promise<TokenRecord | null> {
  const rows = await selectTokens(tx.db)
    .where('tokens.user_id', '=', userId)
    .where(eb => eb.or([eb('tokens.id', '=', nameOrId), eb('tokens.name', '=', nameOrId)]))
    .orderBy('tokens.created_at', 'desc')
    .orderBy('tokens.id', 'desc')
    .execute();
  const token = rows.find(row => row.id === nameOrId) ?? rows.find(row => row.kind === 'api') ?? rows[0];
  if (token === undefined) return null;
  await tx.db.deleteFrom('tokens').where('id', '=', token.id).execute();
  return token;
}

function selectTokens(db: Kysely<Tables>) {
  return db
    .selectFrom('tokens')
    .select([
      'tokens.id',
      'tokens.user_id as userId',
      'tokens.name',
      'tokens.kind',
      'tokens.created_at as createdAt',
      'tokens.expires_at as expiresAt',
      'tokens.last_used_at as lastUsedAt',
    ]);
}

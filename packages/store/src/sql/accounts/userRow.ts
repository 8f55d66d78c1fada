import type { Kysely } from 'kysely';
import type { UserRecord } from '../../contract/users.js';
import type { Tables } from '../tables/index.js';

/** Reads users, one row for each membership (one at least), those of a user one after another in order of name. */
export function selectUsers(db: Kysely<Tables>) {
  return db
    .selectFrom('users')
    .leftJoin('memberships', 'memberships.user_id', 'users.id')
    .leftJoin('organizations', 'organizations.id', 'memberships.organization_id')
    .select([
      'users.id',
      'users.username',
      'users.email',
      'users.site_role as siteRole',
      'users.created_at as createdAt',
      'users.last_seen_at as lastSeenAt',
      'memberships.role',
      'organizations.id as organizationId',
      'organizations.name as organizationName',
    ]);
}

export type UserRow = Awaited<ReturnType<ReturnType<typeof selectUsers>['executeTakeFirstOrThrow']>>;

/** The users in the order of their first rows. */
export function userRecords(rows: readonly UserRow[]): UserRecord[] {
  const users = new Map<string, UserRecord>();
  for (const { role, organizationId, organizationName, id, username, email, siteRole, createdAt, lastSeenAt } of rows) {
    const user = users.get(id) ?? { id, username, email, siteRole, memberships: [], createdAt, lastSeenAt };
    users.set(id, user);
    if (role !== null && organizationId !== null && organizationName !== null) {
      user.memberships.push({ organization: { id: organizationId, name: organizationName }, role });
    }
  }
  return [...users.values()];
}

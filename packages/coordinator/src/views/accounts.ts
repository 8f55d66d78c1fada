import type { ApiToken, Organization, User } from '@berth/protocol';
import type { OrganizationRecord, TokenRecord, UserRecord } from '@berth/store';

/** A user as the API shows them: field by field, so that nothing stored beside is ever shown. */
export function userView(user: UserRecord): User {
  const { id, username, email, siteRole, memberships, createdAt, lastSeenAt } = user;
  return { id, username, email, siteRole, memberships, createdAt, lastSeenAt };
}

/** A token as its owner sees it, without its text, which nobody has any more. */
export function tokenView({ id, name, kind, createdAt, expiresAt, lastUsedAt }: TokenRecord): ApiToken {
  return { id, name, kind, createdAt, expiresAt, lastUsedAt };
}

/** An organization as the API shows it. */
export function organizationView(organization: OrganizationRecord): Organization {
  return {
    id: organization.id,
    name: organization.name,
    default: organization.default,
    createdAt: organization.createdAt,
  };
}

import type { ApiToken, Organization, User } from '@berth/protocol';
import type { OrganizationRecord, TokenRecord, UserRecord } from '@berth/store';

export function userView(user: UserRecord): User {
  const { id, username, email, siteRole, memberships, createdAt, lastSeenAt } = user;
  return { id, username, email, siteRole, memberships, createdAt, lastSeenAt };
}

export function tokenView({ id, name, kind, createdAt, expiresAt, lastUsedAt }: TokenRecord): ApiToken {
  return { id, name, kind, createdAt, expiresAt, lastUsedAt };
}

export function organizationView(organization: OrganizationRecord): Organization {
  return {
    id: organization.id,
    name: organization.name,
    default: organization.default,
    createdAt: organization.createdAt,
  };
}

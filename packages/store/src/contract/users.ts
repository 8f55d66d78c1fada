import type { Membership, Page, Paged, SiteRole, UserRole } from '@berth/protocol';

export interface UserRecord {
  id: string;
  username: string;
  email: string;
  siteRole: SiteRole;
  memberships: Membership[];
  createdAt: number;
  lastSeenAt: number | null;
}

export interface NewUser {
  username: string;
  email: string;
  /** argon2id, in its own text form. */
  passwordHash: string;
}

export interface UserStore {
  /** Makes the owner of the site and of the default organization. Throws `first_user_exists` when any user exists. */
  createFirst(user: NewUser): Promise<UserRecord>;
  /** Throws `name_taken`, naming the field. Names and addresses are compared without case. */
  create(user: NewUser & { role: UserRole }): Promise<UserRecord>;
  anyExists(): Promise<boolean>;
  byId(id: string): Promise<UserRecord | null>;
  /** By user name or email address, without case. */
  byLogin(login: string): Promise<{ user: UserRecord; passwordHash: string } | null>;
  list(page: Page): Promise<Paged<UserRecord>>;
}

export interface TokenRecord {
  id: string;
  userId: string;
  name: string;
  kind: 'session' | 'api';
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
}

export interface TokenStore {
  /**
   * Keeps the sha256 of a token; its text is not stored. Throws `name_taken` when the user has an API token of the name.
   */
  issue(token: {
    userId: string;
    kind: 'session' | 'api';
    name: string;
    hash: string;
    lifetimeMs: number | null;
  }): Promise<TokenRecord>;
  /** The token that has not expired, and its user; notes the use (at most once a minute). */
  authenticate(hash: string): Promise<{ token: TokenRecord; user: UserRecord } | null>;
  list(userId: string, page: Page): Promise<Paged<TokenRecord>>;
  /** Removes a user's token by name or id and returns it; null when there is none. */
  revoke(userId: string, nameOrId: string): Promise<TokenRecord | null>;
}

export interface OrganizationRecord {
  id: string;
  name: string;
  default: boolean;
  createdAt: number;
}

export interface OrganizationStore {
  /** Throws `name_taken`; names are compared without case. */
  create(organization: { name: string }): Promise<OrganizationRecord>;
  /** The organization that every store has from the beginning. */
  getDefault(): Promise<OrganizationRecord>;
  byIdOrName(idOrName: string): Promise<OrganizationRecord | null>;
  /** All, or those of `ids`. */
  list(page: Page, ids?: readonly string[]): Promise<Paged<OrganizationRecord>>;
}

import type { OrganizationRole, SiteRole } from '@berth/protocol';

/** Names with a `_key` beside them are compared by it: the same without case. */
export interface OrganizationTable {
  id: string;
  name: string;
  name_key: string;
  is_default: number;
  created_at: number;
}

export interface UserTable {
  id: string;
  username: string;
  username_key: string;
  email: string;
  email_key: string;
  password_hash: string;
  site_role: SiteRole;
  created_at: number;
  last_seen_at: number | null;
}

export interface MembershipTable {
  user_id: string;
  organization_id: string;
  role: OrganizationRole;
}

export interface TokenTable {
  id: string;
  user_id: string;
  kind: 'session' | 'api';
  name: string;
  /** sha256 of the token's text. */
  hash: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface AuditTable {
  id: string;
  at: number;
  actor_id: string | null;
  action: string;
  target_kind: string;
  target_id: string;
  target_name: string;
  organization_id: string | null;
  /** JSON. */
  details: string;
}

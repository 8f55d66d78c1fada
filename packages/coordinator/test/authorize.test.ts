import { BerthError } from '@berth/protocol';
import { expect, test } from 'vitest';
import type { KeyActor, UserActor } from '../src/access/actor.js';
import { authorize, may, organizationsWhere } from '../src/access/authorize.js';

const here = { kind: 'workspace', organization: 'here', owner: 'somebody' };

test('a role counts in its own organization alone', () => {
  const elsewhere = user([['elsewhere', 'admin']]);
  expect(may(elsewhere, 'workspace.read', here)).toBe(false);
  expect(may(elsewhere, 'workspace.read', { ...here, organization: 'elsewhere' })).toBe(true);
  expect(organizationsWhere(elsewhere, 'workspace.read')).toEqual(['elsewhere']);
  expect(organizationsWhere(user([['a', 'member']]), 'workspace.read')).toEqual([]);
  expect(organizationsWhere(user([], 'owner'), 'workspace.read')).toBe('all');
});

test('what one may not see does not exist, and what one sees is forbidden', () => {
  expect(codeOf(() => authorize(user([['elsewhere', 'admin']]), 'workspace.build', here))).toBe('not_found');
  expect(codeOf(() => authorize(user([['here', 'template-admin']]), 'workspace.build', here))).toBe('forbidden');
});

test("somebody's own workspace is theirs only while they are a member", () => {
  expect(may(user([['here', 'member']], 'member', 'somebody'), 'workspace.build', here)).toBe(true);
  expect(may(user([], 'member', 'somebody'), 'workspace.build', here)).toBe(false);
});

test('an admin of the organization reads secrets, a template-admin does not', () => {
  expect(may(user([['here', 'admin']]), 'workspace.secrets', here)).toBe(true);
  expect(may(user([['here', 'template-admin']]), 'workspace.secrets', here)).toBe(false);
});

test('the roles of the site give no way to workspaces and templates', () => {
  for (const role of ['site-manager', 'user-admin', 'auditor'] as const) {
    expect(may(user([], role), 'workspace.read', here)).toBe(false);
    expect(may(user([], role), 'template.push', here)).toBe(false);
  }
  expect(may(user([], 'user-admin'), 'user.create', { kind: 'site', organization: null })).toBe(true);
  expect(may(user([], 'user-admin'), 'user.create_owner', { kind: 'site', organization: null })).toBe(false);
});

test('a pre-shared key serves an organization and does nothing else', () => {
  const key: KeyActor = { kind: 'key', name: 'test', organizations: null, builtIn: false };
  expect(may(key, 'daemon.serve_organization', here)).toBe(true);
  expect(may(key, 'daemon.serve_own', here)).toBe(false);
  expect(may(key, 'template.read', here)).toBe(false);
  expect(codeOf(() => authorize(key, 'workspace.read', here))).toBe('forbidden');
});

function user(
  memberships: [organization: string, role: 'admin' | 'template-admin' | 'member'][],
  siteRole: UserActor['user']['siteRole'] = 'member',
  id = 'someone',
): UserActor {
  return {
    kind: 'user',
    user: {
      id,
      username: id,
      email: '',
      siteRole,
      memberships: memberships.map(([organization, role]) => ({ organization: { id: organization, name: '' }, role })),
      createdAt: 0,
      lastSeenAt: null,
    },
    token: { id: 't', userId: id, name: '', kind: 'session', createdAt: 0, expiresAt: null, lastUsedAt: null },
  };
}

function codeOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    if (error instanceof BerthError) return error.code;
    throw error;
  }
  return 'nothing';
}

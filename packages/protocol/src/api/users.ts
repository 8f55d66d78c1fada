import { z } from 'zod';
import { id, name, time } from '../names.js';
import { page, paged, route } from '../route.js';

/** Role on the whole site. The first user is its owner. */
export const siteRole = z.enum(['owner', 'site-manager', 'user-admin', 'auditor', 'member']);
export type SiteRole = z.infer<typeof siteRole>;

/** Role in one organization. */
export const organizationRole = z.enum(['admin', 'template-admin', 'member']);
export type OrganizationRole = z.infer<typeof organizationRole>;

/** What `users create --role` takes: the site's owner, or a role in the default organization. */
export const userRole = z.enum(['owner', 'template-admin', 'member']);
export type UserRole = z.infer<typeof userRole>;

const password = z.string().min(8, 'use at least 8 characters').max(1024);

export const membership = z.object({ organization: z.object({ id, name: z.string() }), role: organizationRole });
export type Membership = z.infer<typeof membership>;

export const user = z.object({
  id,
  username: z.string(),
  email: z.string(),
  siteRole,
  memberships: z.array(membership),
  createdAt: time,
  lastSeenAt: time.nullable(),
});
export type User = z.infer<typeof user>;

const newUser = z.object({ username: name, email: z.email().max(320), password });

export const apiToken = z.object({
  id,
  name: z.string(),
  kind: z.enum(['session', 'api']),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable(),
});
export type ApiToken = z.infer<typeof apiToken>;

/** A token's text is shown here and never again: the coordinator keeps its sha256. */
const issuedToken = z.object({ token: z.string(), expiresAt: time.nullable() });

export const userRoutes = {
  createFirstUser: route({
    method: 'POST',
    path: '/api/v1/users/first',
    auth: 'public',
    summary: 'Make the first user, who owns the site; works once, on a fresh coordinator',
    body: newUser,
    response: issuedToken.extend({ user }),
    status: 201,
    errors: ['first_user_exists'],
  }),
  login: route({
    method: 'POST',
    path: '/api/v1/users/login',
    auth: 'public',
    summary: 'Exchange a name (or email address) and a password for a session token',
    body: z.object({ login: z.string().max(320), password: z.string().max(1024) }),
    response: issuedToken.extend({ user }),
    status: 201,
    errors: ['invalid_credentials'],
  }),
  logout: route({
    method: 'POST',
    path: '/api/v1/users/logout',
    auth: 'session',
    summary: 'Revoke the token of this request',
  }),
  me: route({
    method: 'GET',
    path: '/api/v1/users/me',
    auth: 'session',
    summary: 'The user of this request',
    response: user,
  }),
  createUser: route({
    method: 'POST',
    path: '/api/v1/users',
    auth: 'session',
    summary: 'Make a user with a role in the default organization',
    body: newUser.extend({ role: userRole.default('member') }),
    response: user,
    status: 201,
    errors: ['name_taken'],
  }),
  listUsers: route({
    method: 'GET',
    path: '/api/v1/users',
    auth: 'session',
    summary: 'List users by name',
    query: page,
    response: paged(user),
  }),
  createToken: route({
    method: 'POST',
    path: '/api/v1/users/me/tokens',
    auth: 'session',
    summary: 'Make an API token',
    body: z.object({
      name,
      /** Milliseconds from now; null for no end. */
      lifetimeMs: z.number().int().positive().nullable().default(null),
    }),
    response: issuedToken.extend({ id, name: z.string() }),
    status: 201,
    errors: ['name_taken'],
  }),
  listTokens: route({
    method: 'GET',
    path: '/api/v1/users/me/tokens',
    auth: 'session',
    summary: 'List your own tokens',
    query: page,
    response: paged(apiToken),
  }),
  removeToken: route({
    method: 'DELETE',
    path: '/api/v1/users/me/tokens/:token',
    auth: 'session',
    summary: 'Revoke one of your tokens, by name or id; live connections that came with it are closed',
    params: z.object({ token: z.string() }),
  }),
};

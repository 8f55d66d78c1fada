import { z } from 'zod';
import { engine } from '../engine.js';
import { id, time } from '../names.js';
import { page, paged, route } from '../route.js';
import { tagSetSchema } from '../tags.js';

export const buildInfo = z.object({
  /** Version of Berth. */
  version: z.string(),
  /** Version of the daemon protocol. */
  protocol: z.number().int(),
  accessUrl: z.string(),
  /** No user exists yet: the next step is to make the first. */
  firstUserNeeded: z.boolean(),
});
export type BuildInfo = z.infer<typeof buildInfo>;

export const organization = z.object({ id, name: z.string(), default: z.boolean(), createdAt: time });
export type Organization = z.infer<typeof organization>;

export const daemonStatus = z.enum(['idle', 'busy', 'draining', 'offline']);

/** A provisioner daemon, connected or remembered. */
export const daemon = z.object({
  id,
  name: z.string(),
  organization: z.object({ id, name: z.string() }),
  provider: z.string(),
  status: daemonStatus,
  builtIn: z.boolean(),
  tags: tagSetSchema,
  slots: z.number().int(),
  busySlots: z.number().int(),
  /** Version of Berth. */
  version: z.string(),
  protocol: z.number().int(),
  engine,
  platform: z.string(),
  hostname: z.string(),
  sandbox: z.enum(['bubblewrap', 'none']),
  createdAt: time,
  lastSeenAt: time,
});
export type Daemon = z.infer<typeof daemon>;

export const siteRoutes = {
  buildInfo: route({
    method: 'GET',
    path: '/api/v1/buildinfo',
    auth: 'public',
    summary: 'Versions and addresses of this coordinator',
    response: buildInfo,
  }),
  listOrganizations: route({
    method: 'GET',
    path: '/api/v1/organizations',
    auth: 'session',
    summary: 'List the organizations that you belong to',
    query: page,
    response: paged(organization),
  }),
  listDaemons: route({
    method: 'GET',
    path: '/api/v1/organizations/:organization/provisionerdaemons',
    auth: 'session',
    summary: 'List the provisioner daemons of an organization',
    params: z.object({ organization: z.string() }),
    query: page,
    response: paged(daemon),
  }),
  drainDaemon: route({
    method: 'POST',
    path: '/api/v1/organizations/:organization/provisionerdaemons/:daemon/drain',
    auth: 'session',
    summary: 'Let a connected daemon, by its name or id, take no more jobs, or let it take them again',
    params: z.object({ organization: z.string(), daemon: z.string() }),
    body: z.object({ draining: z.boolean() }),
    response: daemon,
    status: 202,
    errors: ['daemon_offline'],
  }),
};

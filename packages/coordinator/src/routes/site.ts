import { BERTH_VERSION, PROTOCOL_VERSION, siteRoutes } from '@berth/protocol';
import { audit } from '../access/audit.js';
import { organizationsWhere } from '../access/authorize.js';
import { findDaemon, findOrganization } from '../access/find.js';
import type { Core } from '../core.js';
import { drainDaemon } from '../daemons/drainDaemon.js';
import { anybody, asUser, type Endpoint } from '../http/endpoint.js';
import { organizationView } from '../views/accounts.js';
import { daemonView } from '../views/daemon.js';
import { pageView } from '../views/page.js';

/** What belongs to no one thing: versions, organizations, the fleet. */
export function siteEndpoints(core: Pick<Core, 'store' | 'settings' | 'live' | 'changes'>): Endpoint[] {
  const { store, settings } = core;
  return [
    anybody(siteRoutes.buildInfo, async () => {
      return {
        version: BERTH_VERSION,
        protocol: PROTOCOL_VERSION,
        accessUrl: settings.accessUrl,
        firstUserNeeded: !(await store.users.anyExists()),
      };
    }),

    asUser(siteRoutes.listOrganizations, async ({ actor, query }) => {
      const readable = organizationsWhere(actor, 'organization.read');
      return pageView(
        await store.organizations.list(query, readable === 'all' ? undefined : readable),
        organizationView,
      );
    }),

    asUser(siteRoutes.listDaemons, async ({ actor, params, query }) => {
      const organization = await findOrganization(store, actor, 'daemon.list', params.organization);
      return pageView(await store.daemons.list({ organizationId: organization.id }, query), daemonView);
    }),

    asUser(siteRoutes.drainDaemon, async ({ actor, params, body: { draining } }) => {
      const organization = await findOrganization(store, actor, 'daemon.list', params.organization);
      const { id, name } = await findDaemon(store, actor, 'daemon.drain', organization.id, params.daemon);
      const daemon = await drainDaemon(core, id, draining);
      const target = { kind: 'daemon', id, name };
      await audit(store, actor, draining ? 'daemon.drain' : 'daemon.undrain', target, organization.id, {});
      return daemonView(daemon);
    }),
  ];
}

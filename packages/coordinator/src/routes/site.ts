import { BERTH_VERSION, PROTOCOL_VERSION, siteRoutes } from '@berth/protocol';
import { organizationsWhere } from '../access/authorize.js';
import { findOrganization } from '../access/find.js';
import type { Core } from '../core.js';
import { anybody, asUser, type Endpoint } from '../http/endpoint.js';
import { organizationView } from '../views/accounts.js';
import { daemonView } from '../views/daemon.js';
import { pageView } from '../views/page.js';

/** What belongs to no one thing: versions, organizations, the fleet. */
export function siteEndpoints({ store, settings }: Pick<Core, 'store' | 'settings'>): Endpoint[] {
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
  ];
}

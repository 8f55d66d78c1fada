import { templateRoutes } from '@berth/protocol';
import { findTemplate, findVersion } from '../access/find.js';
import type { Core } from '../core.js';
import { Download } from '../http/download.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { JobViews } from '../views/jobViews.js';
import { pageView } from '../views/page.js';
import { versionView } from '../views/templates.js';

/** Template versions: they are read and downloaded; a push makes them. */
export function versionEndpoints(core: Pick<Core, 'store'>): Endpoint[] {
  const { store } = core;
  return [
    asUser(templateRoutes.listVersions, async ({ actor, params, query }) => {
      const template = await findTemplate(store, actor, 'template.read', params.template);
      const jobs = new JobViews(core);
      const versions = await store.templates.versions(template.id, { name: query.name }, query);
      return pageView(versions, version => versionView(version, jobs));
    }),

    asUser(templateRoutes.getVersion, async ({ actor, params }) => {
      const version = await findVersion(store, actor, 'template.read', params.version);
      return versionView(version, new JobViews(core));
    }),

    asUser(templateRoutes.downloadVersion, async ({ actor, params }) => {
      const { archive, template, name } = await findVersion(store, actor, 'template.download', params.version);
      const blob = { kind: 'archive' as const, digest: archive.digest };
      return new Download(store.blobs, blob, `${template.name}-${name}.tgz`);
    }),
  ];
}

import { BerthError, workspaceRoutes } from '@berth/protocol';
import { notFound, organizationsWhere } from '../access/authorize.js';
import { findOrganization, findWorkspace } from '../access/find.js';
import { buildParameters } from '../builds/buildParameters.js';
import { usableVersion } from '../builds/usableVersion.js';
import type { Core } from '../core.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { JobViews } from '../views/jobViews.js';
import { pageView } from '../views/page.js';
import { workspaceView } from '../views/workspaces.js';

/** Makes workspaces and shows them. */
export function workspaceEndpoints(core: Pick<Core, 'store' | 'scheduler' | 'versions'>): Endpoint[] {
  const { store, scheduler, versions } = core;
  const viewing = () => ({ jobs: new JobViews(core), versions });
  return [
    asUser(workspaceRoutes.createWorkspace, async ({ actor, params, body }) => {
      const organization = await findOrganization(store, actor, 'workspace.create', params.organization);
      const template = await store.templates.byId(body.template);
      if (template === null || template.organization.id !== organization.id) throw notFound('template');
      if (template.deprecated !== null) {
        throw new BerthError('conflict', `template ${template.name} is deprecated: ${template.deprecated}`);
      }
      const versionId = body.version ?? template.activeVersion?.id;
      if (versionId === undefined) {
        throw new BerthError('no_active_version', `template ${template.name} has no active version`);
      }
      const version = await usableVersion(core, template, versionId);
      const values = await buildParameters(version, [], { parameters: body.parameters, reset: [] });
      const workspace = await store.workspaces.create({
        organizationId: organization.id,
        ownerId: actor.user.id,
        name: body.name,
        templateId: template.id,
        build: {
          transition: 'start',
          versionId: version.id,
          initiatorId: actor.user.id,
          ...values,
          orphan: false,
          audit: { action: 'workspace.create', details: { template: template.name, version: version.name } },
        },
      });
      void scheduler.jobReady(workspace.latestBuild.job, version.archive);
      return workspaceView(workspace, viewing());
    }),

    asUser(workspaceRoutes.listWorkspaces, async ({ actor, query }) => {
      const { user } = actor;
      const filter = {
        visible: { organizations: organizationsWhere(actor, 'workspace.read'), ownerId: user.id },
        owner: query.owner === 'me' ? user.username : query.owner,
        name: query.name,
        templateId: query.template,
        deleted: query.deleted,
      };
      const shared = viewing();
      return pageView(await store.workspaces.list(filter, query), workspace => workspaceView(workspace, shared));
    }),

    asUser(workspaceRoutes.getWorkspace, async ({ actor, params }) => {
      return workspaceView(await findWorkspace(store, actor, 'workspace.read', params.workspace), viewing());
    }),
  ];
}

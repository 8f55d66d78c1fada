import { dryRunRoutes } from '@berth/protocol';
import type { DryRunRecord } from '@berth/store';
import type { UserActor } from '../access/actor.js';
import { audit } from '../access/audit.js';
import { authorize, notFound } from '../access/authorize.js';
import { findJob, findVersion, findWorkspace } from '../access/find.js';
import { buildParameters, nextParameters } from '../builds/buildParameters.js';
import { checkEngine, usableVersion } from '../builds/usableVersion.js';
import type { Core } from '../core.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { dryRunView } from '../views/dryRuns.js';
import { JobViews } from '../views/jobViews.js';

/** Plans: what a build would change. */
export function dryRunEndpoints(core: Pick<Core, 'store' | 'scheduler' | 'versions'>): Endpoint[] {
  const { store, scheduler, versions } = core;

  async function made(actor: UserActor, record: DryRunRecord, archive: string) {
    void scheduler.jobReady(record.job, archive);
    const { job, template, version, workspace } = record;
    const target = { kind: 'job', id: job.id, name: job.type };
    await audit(store, actor, 'job.plan', target, job.organization, {
      template: template.name,
      version: version.name,
      ...(workspace === null ? {} : { workspace: workspace.name }),
    });
    return dryRunView(store, record, new JobViews(core));
  }

  return [
    asUser(dryRunRoutes.planVersion, async ({ actor, params, body }) => {
      const found = await findVersion(store, actor, 'template.read', params.version);
      authorize(actor, 'workspace.create', { kind: 'organization', organization: found.organization.id });
      const version = await usableVersion(core, found.template, found.id);
      const values = await buildParameters(version, [], { parameters: body.parameters, reset: [] });
      const record = await store.dryRuns.create({
        versionId: version.id,
        initiatorId: actor.user.id,
        transition: 'start',
        workspaceId: null,
        parameters: [...values.parameters, ...values.passing],
      });
      return made(actor, record, version.archive);
    }),

    asUser(dryRunRoutes.planWorkspace, async ({ actor, params, body }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.build', params.workspace);
      const { latestBuild, template } = workspace;
      const version = await usableVersion(core, template, body.version ?? latestBuild.version.id);
      await checkEngine(versions, workspace, version);
      const values = await nextParameters(version, latestBuild, body);
      const record = await store.dryRuns.create({
        versionId: version.id,
        initiatorId: actor.user.id,
        transition: body.transition,
        workspaceId: workspace.id,
        parameters: [...values.parameters, ...values.passing],
      });
      return made(actor, record, version.archive);
    }),

    asUser(dryRunRoutes.getDryRun, async ({ actor, params }) => {
      await findJob(store, actor, 'read', params.job);
      const record = await store.dryRuns.byJob(params.job);
      if (record === null) throw notFound('dry run');
      return dryRunView(store, record, new JobViews(core));
    }),
  ];
}

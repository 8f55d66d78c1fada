import { BerthError, statusOf, workspaceRoutes } from '@berth/protocol';
import type { BuildRecord, WorkspaceRecord } from '@berth/store';
import { audit } from '../access/audit.js';
import { authorize } from '../access/authorize.js';
import { findWorkspace, workspaceObject } from '../access/find.js';
import { nextParameters } from '../builds/buildParameters.js';
import { checkEngine, usableVersion } from '../builds/usableVersion.js';
import type { Core } from '../core.js';
import { Download } from '../http/download.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { JobViews } from '../views/jobViews.js';
import { pageView } from '../views/page.js';
import { buildView } from '../views/workspaces.js';

/** Starts, stops and deletes workspaces, and shows what their builds made. */
export function buildEndpoints(core: Pick<Core, 'store' | 'scheduler' | 'versions' | 'changes'>): Endpoint[] {
  const { store, scheduler, versions } = core;
  const viewing = () => ({ jobs: new JobViews(core), versions });

  async function findBuild(workspace: WorkspaceRecord, number: number): Promise<BuildRecord> {
    const build = await store.workspaces.build(workspace.id, number);
    if (build === null) throw new BerthError('not_found', `workspace ${workspace.name} has no build ${number}`);
    return build;
  }

  return [
    asUser(workspaceRoutes.createBuild, async ({ actor, params, body }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.build', params.workspace);
      if (body.orphan) {
        authorize(actor, 'workspace.orphan', workspaceObject(workspace));
        if (body.transition !== 'delete') {
          throw new BerthError('invalid_request', 'only a delete can orphan', { fields: { orphan: 'needs a delete' } });
        }
      }
      checkReady(workspace);
      const { latestBuild, template } = workspace;
      const version = await usableVersion(core, template, body.version ?? latestBuild.version.id);
      await checkEngine(versions, workspace, version);
      const build = await store.workspaces.createBuild(workspace.id, {
        transition: body.transition,
        versionId: version.id,
        initiatorId: actor.user.id,
        ...(body.orphan ? { parameters: latestBuild.parameters } : await nextParameters(version, latestBuild, body)),
        orphan: body.orphan,
        acceptIncompleteState: body.acceptIncompleteState,
        audit: {
          action: `workspace.${body.transition}`,
          details: {
            version: version.name,
            orphan: body.orphan,
            ...(body.acceptIncompleteState ? { acceptIncompleteState: true } : {}),
          },
        },
      });
      if (build.job.finishedAt === null) void scheduler.jobReady(build.job, version.archive);
      return buildView(build, viewing());
    }),

    asUser(workspaceRoutes.listBuilds, async ({ actor, params, query }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.read', params.workspace);
      const shared = viewing();
      return pageView(await store.workspaces.builds(workspace.id, query), build => buildView(build, shared));
    }),

    asUser(workspaceRoutes.getBuild, async ({ actor, params }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.read', params.workspace);
      return buildView(await findBuild(workspace, params.number), viewing());
    }),

    asUser(workspaceRoutes.buildResources, async ({ actor, params, query }) => {
      const reveal = query.reveal === true;
      const action = reveal ? 'workspace.secrets' : 'workspace.read';
      const workspace = await findWorkspace(store, actor, action, params.workspace);
      const build = await findBuild(workspace, params.number);
      const { resources, outputs } = await store.workspaces.result(build.id);
      if (!reveal) {
        return { resources, outputs: outputs.map(output => (output.sensitive ? { ...output, value: null } : output)) };
      }
      const target = { kind: 'workspace', id: workspace.id, name: workspace.name };
      await audit(store, actor, 'workspace.reveal', target, workspace.organization.id, { build: build.number });
      return { resources, outputs };
    }),

    asUser(workspaceRoutes.buildState, async ({ actor, params }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.secrets', params.workspace);
      const build = await findBuild(workspace, params.number);
      if (build.state === null) throw new BerthError('not_found', `build ${build.number} has no state`);
      const target = { kind: 'workspace', id: workspace.id, name: workspace.name };
      await audit(store, actor, 'state.read', target, workspace.organization.id, { build: build.number });
      const blob = { kind: 'state' as const, digest: build.state.digest };
      return new Download(store.blobs, blob, `${workspace.name}-${build.number}.tfstate`);
    }),
  ];
}

/**
 * Says first what the store would refuse in the end: parameters are not worth checking, and the state not known, while
 * another build changes them.
 */
function checkReady({ name, deletedAt, latestBuild: { job, number, transition } }: WorkspaceRecord): void {
  if (deletedAt !== null) throw new BerthError('workspace_deleted', `workspace ${name} is deleted`);
  if (job.unreachableSince !== null) {
    throw new BerthError(
      'workspace_held',
      `the daemon of build ${number} (${transition}) of ${name} is not reachable`,
      {
        hint: "The workspace is held until it is back, or given up. An admin may give it up now: 'berth release'.",
      },
    );
  }
  if (job.finishedAt !== null) return;
  throw new BerthError('build_active', `build ${number} (${transition}) of workspace ${name} is ${statusOf(job)}`);
}

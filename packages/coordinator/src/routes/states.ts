import { BerthError, limits, stateRoutes } from '@berth/protocol';
import type { WorkspaceRecord } from '@berth/store';
import { audit } from '../access/audit.js';
import { notFound } from '../access/authorize.js';
import { findWorkspace } from '../access/find.js';
import { releaseBuild } from '../builds/releaseBuild.js';
import type { Core } from '../core.js';
import { Download } from '../http/download.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { octets } from '../http/octets.js';
import { stateView } from '../views/states.js';

/** The states of a workspace, and what an admin does when its daemon does not come back. */
export function stateEndpoints(core: Pick<Core, 'store' | 'live' | 'changes' | 'versions'>): Endpoint[] {
  const { store, versions } = core;
  return [
    asUser(stateRoutes.releaseWorkspace, async ({ actor, params }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.release', params.workspace);
      const { number, state, job } = await releaseBuild(core, workspace, actor.user.username);
      await audit(store, actor, 'workspace.release', targetOf(workspace), workspace.organization.id, {
        build: number,
        attempt: job.attempt,
        daemon: job.daemon?.name ?? '',
      });
      return { build: number, stateSerial: state?.serial ?? null };
    }),

    asUser(stateRoutes.listStates, async ({ actor, params }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.read', params.workspace);
      return { items: (await store.workspaces.stateHistory(workspace.id)).map(stateView) };
    }),

    asUser(stateRoutes.downloadState, async ({ actor, params }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.secrets', params.workspace);
      const version = (await store.workspaces.stateHistory(workspace.id)).find(({ id }) => id === params.state);
      if (version === undefined) throw notFound('state');
      if (!version.kept)
        throw new BerthError('not_found', `the state of serial ${version.state.serial} is no longer kept`);
      const { build, kind, state } = version;
      await audit(store, actor, 'state.read', targetOf(workspace), workspace.organization.id, { build, kind });
      const filename = `${workspace.name}-${build}-${kind}.tfstate`;
      return new Download(store.blobs, { kind: 'state', digest: state.digest }, filename);
    }),

    asUser(stateRoutes.stateUploadStatus, async ({ actor, params }) => {
      await findWorkspace(store, actor, 'workspace.push_state', params.workspace);
      return store.blobs.status({ kind: 'state', digest: params.digest });
    }),

    asUser(stateRoutes.uploadState, async ({ actor, params, query: { size, offset }, request }) => {
      await findWorkspace(store, actor, 'workspace.push_state', params.workspace);
      if (size > limits.stateBytes) {
        throw new BerthError('limit_exceeded', `a state of ${size} bytes is too large`, {
          hint: `At most ${limits.stateBytes / 1024 / 1024} MiB are allowed.`,
        });
      }
      const content = octets(request);
      return store.blobs.write({ kind: 'state', digest: params.digest }, { sizeBytes: size, offset, content });
    }),

    asUser(stateRoutes.pushState, async ({ actor, params, body }) => {
      const workspace = await findWorkspace(store, actor, 'workspace.push_state', params.workspace);
      const { engineVersion, force, ...state } = body;
      // The state does not say which of the engines wrote it; only the one of its template's version could go on from it.
      const version = await versions.find(workspace.latestBuild.version.id);
      const pushed = await store.workspaces.pushState(workspace.id, {
        state,
        engine: { name: version?.engine ?? 'terraform', version: engineVersion },
        userId: actor.user.id,
        force,
      });
      const { serial, lineage } = state;
      await audit(store, actor, 'state.push', targetOf(workspace), workspace.organization.id, {
        ...{ serial, lineage, force },
        build: pushed.build,
      });
      return stateView(pushed);
    }),
  ];
}

function targetOf({ id, name }: WorkspaceRecord) {
  return { kind: 'workspace', id, name };
}

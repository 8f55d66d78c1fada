import {
  type Build,
  type BuildParameter,
  type JobStatus,
  statusOf,
  type Transition,
  type Workspace,
  type WorkspaceStatus,
} from '@berth/protocol';
import type { BuildRecord, WorkspaceRecord } from '@berth/store';
import type { JobViews } from './jobViews.js';
import type { ImportedVersion, VersionCache } from './versionCache.js';

/** What the views of builds are made with, for one request. */
interface BuildViewing {
  jobs: JobViews;
  versions: VersionCache;
}

/** A build as the API shows it. */
export async function buildView(build: BuildRecord, { jobs, versions }: BuildViewing): Promise<Build> {
  const { id, number, workspace, transition, version, initiator, createdAt, orphan } = build;
  return {
    ...{ id, number, workspace, transition, version, initiator, createdAt, orphan },
    job: await jobs.of(build.job),
    parameters: parameterViews(build, await versions.find(version.id)),
    stateSerial: build.state?.serial ?? null,
  };
}

/** A workspace as the API shows it, with its newest build. */
export async function workspaceView(workspace: WorkspaceRecord, viewing: BuildViewing): Promise<Workspace> {
  const { id, name, owner, organization, template, provider, latestBuild, createdAt, deletedAt } = workspace;
  return {
    ...{ id, name, owner, organization, provider, createdAt, deletedAt },
    template: { id: template.id, name: template.name },
    status: workspaceStatusOf(latestBuild),
    outdated: template.activeVersion !== null && template.activeVersion !== latestBuild.version.id,
    latestBuild: await buildView(latestBuild, viewing),
    stateIncomplete: workspace.stateIncomplete,
  };
}

/** The word for a workspace whose newest build has come this far. */
function workspaceStatusOf({ transition, job }: Pick<BuildRecord, 'transition' | 'job'>): WorkspaceStatus {
  if (job.unreachableSince !== null) return 'unreachable';
  return words[statusOf(job)][transition];
}

const words: Record<JobStatus, Record<Transition, WorkspaceStatus>> = {
  pending: { start: 'pending', stop: 'pending', delete: 'pending' },
  running: { start: 'starting', stop: 'stopping', delete: 'deleting' },
  canceling: { start: 'canceling', stop: 'canceling', delete: 'canceling' },
  succeeded: { start: 'running', stop: 'stopped', delete: 'deleted' },
  failed: { start: 'failed', stop: 'failed', delete: 'failed' },
  canceled: { start: 'canceled', stop: 'canceled', delete: 'canceled' },
};

/** The parameters in the order of the template, those left at their default included; sensitive values are left out. */
function parameterViews(build: BuildRecord, version: ImportedVersion | null): BuildParameter[] {
  const given = build.parameters.map(({ name, value, sensitive }) => {
    return { name, value: sensitive ? null : value, sensitive, isDefault: false, ephemeral: false };
  });
  if (version === null) return given;
  return version.open.map(({ name, sensitive, ephemeral }) => {
    const known = given.find(parameter => parameter.name === name);
    return known ?? { name, value: null, sensitive, isDefault: !ephemeral, ephemeral };
  });
}

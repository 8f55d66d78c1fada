import type { AttemptSpec, BerthVariable, VariableValue } from '@berth/protocol';
import type { AttemptInput } from '@berth/store';
import type { Core } from '../core.js';
import { providerAttribute } from './placement.js';

/** Everything that a daemon needs to run an attempt of a job, with the token of that attempt. */
export async function attemptSpec(
  core: Pick<Core, 'store' | 'settings'>,
  input: AttemptInput,
  token: string,
): Promise<AttemptSpec> {
  const { job, template, version, build, dryRun } = input;
  // What the first accept was answered with, whatever the settings are by now.
  const { holdMs, lostAfterMs, cancelGraceMs } = job.times ?? core.settings.timings;
  const base = {
    job: job.id,
    attempt: job.attempt,
    token,
    organization: { id: job.organization, name: job.organizationName },
    template: { ...template, version: version.name },
    archive: version.archive,
    lockFile: version.lockFile,
    engine: job.engine,
    holdMs,
    lostAfterMs,
    cancelGraceMs,
    variables: variableValues(input),
    berth: await berthVariable(core, input),
  };
  switch (job.type) {
    case 'template_import':
      return { ...base, type: job.type, samples: input.samples };
    case 'template_dry_run':
      if (dryRun === null) throw new Error(`job ${job.id} has no dry run`);
      return { ...base, type: job.type, transition: dryRun.transition, state: dryRun.state };
    case 'workspace_build':
      if (build === null) throw new Error(`job ${job.id} has no build`);
      return { ...base, type: job.type, transition: build.transition, state: build.state };
  }
}

/** Pinned values and parameters. A parameter cannot have the name of a pinned variable, so the order means nothing. */
function variableValues({ version, build, dryRun }: AttemptInput): VariableValue[] {
  const pinned = Object.entries(version.pinned).map(([name, value]) => {
    return { name, value, sensitive: version.sensitive.includes(name) };
  });
  return [...pinned, ...((build ?? dryRun)?.parameters ?? [])];
}

/** What stands for the workspace and the build in a plan that is made for none. */
const noWorkspace = { id: '00000000-0000-0000-0000-000000000000', name: 'import' };

async function berthVariable(core: Pick<Core, 'store' | 'settings'>, input: AttemptInput): Promise<BerthVariable> {
  const { job, template, version, build, dryRun } = input;
  const of = build ?? dryRun;
  const owner = of?.owner ?? (await core.store.users.byId(job.ownerId));
  const transition = of?.transition ?? 'start';
  const workspace = of?.workspace ?? noWorkspace;
  return {
    transition,
    start_count: transition === 'start' ? 1 : 0,
    workspace,
    owner: {
      id: owner?.id ?? job.ownerId,
      username: owner?.username ?? '',
      email: owner?.email ?? '',
      // Users have no name beside the one that they log in with.
      name: owner?.username ?? '',
    },
    organization: { id: job.organization, name: job.organizationName },
    template: { ...template, version: version.name },
    build: { id: build?.id ?? noWorkspace.id, number: of?.number ?? 1 },
    access_url: core.settings.accessUrl,
    provider: providerAttribute(job.provider, core.settings.placement, {
      UserEmail: owner?.email ?? '',
      UserName: owner?.username ?? '',
      UserID: job.ownerId,
      WorkspaceName: workspace.name,
      OrganizationName: job.organizationName,
    }),
  };
}

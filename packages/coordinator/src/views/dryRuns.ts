import { type DryRun, type DryRunChange, guardHolds, type PlannedChange, statusOf } from '@berth/protocol';
import type { DryRunRecord, Store, WorkspaceRecord } from '@berth/store';
import type { JobViews } from './jobViews.js';

/** How many builds back the last stop is looked for. */
const LOOKED_AT = 100;

/** A dry run as the API shows it. */
export async function dryRunView(
  store: Pick<Store, 'workspaces'>,
  record: DryRunRecord,
  jobs: JobViews,
): Promise<DryRun> {
  const { template, version, workspace, transition, result } = record;
  const base = { job: await jobs.of(record.job), template, version, workspace, transition };
  if (result === null) return { ...base, plan: null, changes: null };
  const losses = result.changes.some(isLoss);
  const survivors = losses && workspace !== null ? await survivorsOf(store, workspace.id) : null;
  return { ...base, plan: result.plan, changes: result.changes.map(change => changeView(change, survivors)) };
}

function changeView({ destroyedByStop, ...change }: PlannedChange, survivors: Survivors | null): DryRunChange {
  if (!isLoss(change)) return { ...change, survivesStop: null };
  return { ...change, survivesStop: survivesStop(change, destroyedByStop, survivors) };
}

function isLoss({ action }: Pick<PlannedChange, 'action'>): boolean {
  return action === 'replace' || action === 'delete';
}

/** Addresses that the last stop left; `all` where the workspace is stopped now; null where it never was. */
type Survivors = ReadonlySet<string> | 'all' | null;

/**
 * Whether a resource is one that stops leave. What a stop by the same version would leave is; what it would destroy and a
 * start only replaces is not. What is deleted by both has been dropped by version or parameters: then the last stop tells,
 * and where there was none, it is taken for one.
 */
function survivesStop(
  { address, action }: Pick<PlannedChange, 'address' | 'action'>,
  destroyedByStop: boolean | null,
  survivors: Survivors,
): boolean {
  if (!guardHolds('coordinator.losses')) return false;
  if (survivors === 'all' || destroyedByStop === false) return true;
  if (action === 'replace' && destroyedByStop === true) return false;
  return survivors === null || survivors.has(address);
}

async function survivorsOf({ workspaces }: Pick<Store, 'workspaces'>, id: string): Promise<Survivors> {
  const workspace = await workspaces.byId(id);
  if (workspace === null) return null;
  if (isStop(workspace.latestBuild)) return 'all';
  const { items } = await workspaces.builds(id, { limit: LOOKED_AT });
  const stop = items.find(isStop);
  if (stop === undefined) return null;
  const { resources } = await workspaces.result(stop.id);
  return new Set(resources.map(resource => resource.address));
}

function isStop({ transition, job }: WorkspaceRecord['latestBuild']): boolean {
  return transition === 'stop' && statusOf(job) === 'succeeded';
}

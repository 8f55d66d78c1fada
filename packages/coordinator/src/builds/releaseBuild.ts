import type { BuildRecord, WorkspaceRecord } from '@berth/store';
import type { Core } from '../core.js';

/**
 * Gives up the unreachable build that holds a workspace, before its time. Its attempt is fenced: should its daemon come
 * back, it ends its terraform, and what it made meanwhile is taken as salvage.
 *
 * @param by name of the admin, for the note
 * @returns the build as it ended
 * @throws BerthError `illegal_transition` unless it is unreachable
 */
export async function releaseBuild(
  { store, live, changes }: Pick<Core, 'store' | 'live' | 'changes'>,
  workspace: WorkspaceRecord,
  by: string,
): Promise<BuildRecord> {
  const { job } = workspace.latestBuild;
  await store.jobs.release(job.id, by);
  const daemon = job.daemon === null ? null : live.byId(job.daemon.id);
  daemon?.fence({ job: job.id, attempt: job.attempt }, `it was released by ${by}`);
  changes.jobs.publish(job.id);
  changes.waiting.publish(job.organization);
  const released = await store.workspaces.buildOfJob(job.id);
  if (released === null) throw new Error(`job ${job.id} has no build`);
  return released;
}

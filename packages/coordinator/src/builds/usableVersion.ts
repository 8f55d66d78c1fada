import { BerthError, statusOf } from '@berth/protocol';
import type { Store, WorkspaceRecord } from '@berth/store';
import type { ImportedVersion, VersionCache } from '../views/versionCache.js';

/**
 * The version that a build is to use.
 *
 * @throws BerthError `version_not_ready` when it has not imported or is another template's
 */
export async function usableVersion(
  { store, versions }: { store: Pick<Store, 'templates'>; versions: VersionCache },
  template: { id: string; name: string },
  versionId: string,
): Promise<ImportedVersion> {
  const version = await versions.find(versionId);
  if (version !== null && version.templateId === template.id) return version;
  const record = await store.templates.version(versionId);
  if (record === null || record.template.id !== template.id) {
    throw new BerthError('version_not_ready', `template ${template.name} has no version ${versionId}`);
  }
  const status = statusOf(record.job);
  const reason = record.job.error === null ? '' : `: ${record.job.error.message}`;
  throw new BerthError('version_not_ready', `the import of version ${record.name} is ${status}${reason}`, {
    hint: status === 'failed' || status === 'canceled' ? 'Push the template again.' : 'Wait for its import.',
  });
}

/**
 * Refuses to hand the state of one engine to another: a state that tofu wrote cannot go back to terraform.
 *
 * @throws BerthError `engine_conflict`
 */
export async function checkEngine(
  versions: VersionCache,
  { latestBuild, name }: WorkspaceRecord,
  next: ImportedVersion,
): Promise<void> {
  if (latestBuild.state === null || latestBuild.version.id === next.id) return;
  const present = await versions.find(latestBuild.version.id);
  if (present === null || present.engine === null || next.engine === null || present.engine === next.engine) return;
  throw new BerthError(
    'engine_conflict',
    `the state of workspace ${name} was written by ${present.engine}; version ${next.name} uses ${next.engine}`,
    { hint: `Push a version with --engine ${present.engine}, or delete the workspace and make it anew.` },
  );
}

import type { Template, TemplateVersion } from '@berth/protocol';
import type { TemplateRecord, TemplateVersionRecord } from '@berth/store';
import type { JobViews } from './jobViews.js';

/** A template as the API shows it. */
export function templateView(template: TemplateRecord): Template {
  const { id, name, organization, description, deprecated, activeVersion, workspaces, createdAt, updatedAt } = template;
  return { id, name, organization, description, deprecated, activeVersion, workspaces, createdAt, updatedAt };
}

/** A version as the API shows it: of pinned variables the names alone. */
export async function versionView(version: TemplateVersionRecord, jobs: JobViews): Promise<TemplateVersion> {
  const { id, name, template, organization, message, createdBy, createdAt, archive, tags, active } = version;
  const { imported } = version;
  return {
    ...{ id, name, template, organization, message, createdBy, createdAt, archive, tags, active },
    engine: version.engine,
    engineVersion: version.engineVersion,
    job: await jobs.of(version.job),
    variables: imported?.variables ?? null,
    pinned: Object.keys(version.pinned),
    outputs: imported?.outputs ?? [],
    plugins: imported?.plugins ?? [],
    readme: imported?.readme ?? null,
    ignoredBackend: imported?.ignoredBackend ?? null,
    plan: imported?.plan ?? null,
    planSkipped: imported?.planSkipped ?? null,
  };
}

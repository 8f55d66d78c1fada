import type { Kysely } from 'kysely';
import type { ImportResult, TemplateVersionRecord } from '../../contract/templates.js';
import { places } from '../../vault/places.js';
import { openJson } from '../../vault/sealedJson.js';
import type { Vault } from '../../vault/vault.js';
import { jobRecords } from '../jobs/jobRow.js';
import type { Tables } from '../tables/index.js';

/** Reads versions of templates that were not removed, with the sealed findings of an import that succeeded. */
export function selectVersions(db: Kysely<Tables>) {
  return db
    .selectFrom('template_versions')
    .innerJoin('templates', 'templates.id', 'template_versions.template_id')
    .innerJoin('organizations', 'organizations.id', 'templates.organization_id')
    .innerJoin('users', 'users.id', 'template_versions.created_by')
    .innerJoin('tag_sets', 'tag_sets.id', 'template_versions.tag_set_id')
    .innerJoin('jobs', 'jobs.id', 'template_versions.job_id')
    .leftJoin('results', join =>
      join
        .onRef('results.job_id', '=', 'jobs.id')
        .onRef('results.attempt', '=', 'jobs.result_attempt')
        .on('jobs.status', '=', 'succeeded'),
    )
    .select([
      'template_versions.id',
      'template_versions.number',
      'template_versions.name',
      'template_versions.message',
      'template_versions.created_at as createdAt',
      'template_versions.archive_digest as digest',
      'template_versions.archive_size_bytes as sizeBytes',
      'template_versions.job_id as jobId',
      'template_versions.engine_name as engine',
      'template_versions.engine_version as engineVersion',
      'template_versions.sealed_pinned as sealedPinned',
      'templates.id as templateId',
      'templates.name as templateName',
      'templates.active_version_id as activeVersionId',
      'organizations.id as organizationId',
      'organizations.name as organizationName',
      'users.id as userId',
      'users.username',
      'tag_sets.key as tagKey',
      'results.attempt as resultAttempt',
      'results.sealed as sealedResult',
    ])
    .where(eb => eb.or([eb('templates.deleted_at', 'is', null), eb('template_versions.draft', '=', 1)]));
}

type VersionRow = Awaited<ReturnType<ReturnType<typeof selectVersions>['executeTakeFirstOrThrow']>>;

export async function versionRecords(
  db: Kysely<Tables>,
  vault: Vault,
  rows: readonly VersionRow[],
): Promise<TemplateVersionRecord[]> {
  const job = await jobRecords(
    db,
    rows.map(row => row.jobId),
  );
  return rows.map(row => ({
    id: row.id,
    name: row.name,
    template: { id: row.templateId, name: row.templateName },
    organization: { id: row.organizationId, name: row.organizationName },
    message: row.message,
    createdBy: { id: row.userId, username: row.username },
    createdAt: row.createdAt,
    archive: { digest: row.digest, sizeBytes: row.sizeBytes },
    tags: Object.fromEntries(JSON.parse(row.tagKey)),
    active: row.activeVersionId === row.id,
    engine: row.engine,
    engineVersion: row.engineVersion,
    job: job(row.jobId),
    imported: importedOf(vault, row),
    pinned: openJson<TemplateVersionRecord['pinned']>(vault, row.sealedPinned, places.pinned(row.id)),
  }));
}

function importedOf(vault: Vault, row: VersionRow): ImportResult | null {
  if (row.sealedResult === null || row.resultAttempt === null) return null;
  return openJson<ImportResult>(vault, row.sealedResult, places.result(row.jobId, row.resultAttempt));
}

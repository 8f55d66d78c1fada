import { BerthError } from '@berth/protocol';
import type { TemplateStore } from '../../contract/templates.js';
import type { Tx } from '../database.js';
import { nameKey } from '../nameKey.js';

/** Throws `not_found`, `name_taken`, `version_not_ready` (of another template, or not imported). */
export async function editTemplate(tx: Tx, id: string, change: Parameters<TemplateStore['edit']>[1]): Promise<void> {
  const template = await lockTemplate(tx, id);
  const { name, description, deprecated, activeVersion } = change;
  if (name !== undefined) await refuseTakenName(tx, template, name);
  if (activeVersion !== undefined) await refuseUnready(tx, id, activeVersion);
  await tx.db
    .updateTable('templates')
    .set({
      updated_at: tx.now,
      ...(name === undefined ? {} : { name, name_key: nameKey(name) }),
      ...(description === undefined ? {} : { description }),
      ...(deprecated === undefined ? {} : { deprecated }),
      ...(activeVersion === undefined ? {} : { active_version_id: activeVersion }),
    })
    .where('id', '=', id)
    .execute();
}

/** Throws `not_found`. */
export async function lockTemplate(tx: Tx, id: string): Promise<{ id: string; organizationId: string; name: string }> {
  await tx.hold('templates', id);
  const template = await tx.db
    .selectFrom('templates')
    .select(['templates.id', 'templates.organization_id as organizationId', 'templates.name'])
    .where('templates.id', '=', id)
    .where('templates.deleted_at', 'is', null)
    .executeTakeFirst();
  if (template === undefined) throw new BerthError('not_found', 'there is no such template');
  return template;
}

async function refuseTakenName(tx: Tx, template: { id: string; organizationId: string }, name: string): Promise<void> {
  const other = await tx.db
    .selectFrom('templates')
    .select('id')
    .where('organization_id', '=', template.organizationId)
    .where('name_key', '=', nameKey(name))
    .where('deleted_at', 'is', null)
    .where('id', '<>', template.id)
    .executeTakeFirst();
  if (other === undefined) return;
  throw new BerthError('name_taken', `there is a template '${name}' already`, { fields: { name: 'taken' } });
}

async function refuseUnready(tx: Tx, templateId: string, versionId: string): Promise<void> {
  const version = await tx.db
    .selectFrom('template_versions')
    .innerJoin('jobs', 'jobs.id', 'template_versions.job_id')
    .select(['template_versions.name', 'jobs.status'])
    .where('template_versions.id', '=', versionId)
    .where('template_versions.template_id', '=', templateId)
    .where('template_versions.draft', '=', 0)
    .executeTakeFirst();
  if (version?.status === 'succeeded') return;
  const message =
    version === undefined
      ? 'the version is not one of this template'
      : `version ${version.name} has not imported (its import is ${version.status})`;
  throw new BerthError('version_not_ready', message);
}

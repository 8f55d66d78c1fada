import { BerthError, type Page, type Paged } from '@berth/protocol';
import type { TemplateRecord, TemplateStore, TemplateVersionRecord } from '../../contract/templates.js';
import type { Vault } from '../../vault/vault.js';
import type { StoreContext } from '../context.js';
import { afterCursor, cutPage } from '../cursor.js';
import type { Tx } from '../database.js';
import { nameKey } from '../nameKey.js';
import { editTemplate } from './edit.js';
import { pushVersion } from './push.js';
import { removeTemplate } from './remove.js';
import { selectTemplates, templateRecord } from './templateRow.js';
import { selectVersions, versionRecords } from './versionRow.js';

export function templateStore({ database, vault }: StoreContext): TemplateStore {
  return {
    push: pushed =>
      database.write(async tx => {
        const { versionId, created } = await pushVersion(tx, vault, pushed);
        const version = await oneVersion(tx, vault, versionId);
        if (version === null) throw new Error(`version ${versionId} is not there`);
        return { version, created };
      }),
    byId: id => database.read(tx => oneTemplate(tx, id)),
    byName: (organizationId, name) =>
      database.read(async tx => {
        const row = await selectTemplates(tx.db)
          .where('templates.organization_id', '=', organizationId)
          .where('templates.name_key', '=', nameKey(name))
          .executeTakeFirst();
        return row === undefined ? null : templateRecord(row);
      }),
    list: (filter, page) => database.read(tx => listTemplates(tx, filter, page)),
    edit: (id, change) =>
      database.write(async tx => {
        await editTemplate(tx, id, change);
        const template = await oneTemplate(tx, id);
        if (template === null) throw new BerthError('not_found', 'there is no such template');
        return template;
      }),
    remove: id => database.write(tx => removeTemplate(tx, id)),
    version: id => database.read(tx => oneVersion(tx, vault, id)),
    versions: (templateId, filter, page) => database.read(tx => listVersions(tx, vault, templateId, filter, page)),
  };
}

async function oneTemplate(tx: Tx, id: string): Promise<TemplateRecord | null> {
  const row = await selectTemplates(tx.db).where('templates.id', '=', id).executeTakeFirst();
  return row === undefined ? null : templateRecord(row);
}

async function oneVersion(tx: Tx, vault: Vault, id: string): Promise<TemplateVersionRecord | null> {
  const rows = await selectVersions(tx.db).where('template_versions.id', '=', id).execute();
  return (await versionRecords(tx.db, vault, rows))[0] ?? null;
}

/** By name. */
async function listTemplates(
  tx: Tx,
  filter: { organizationId: string; name?: string | undefined },
  page: Page,
): Promise<Paged<TemplateRecord>> {
  const { name } = filter;
  const rows = await selectTemplates(tx.db)
    .where('templates.organization_id', '=', filter.organizationId)
    .$if(name !== undefined, query => query.where('templates.name_key', '=', nameKey(name ?? '')))
    .where(afterCursor(page, { by: 'templates.name_key', id: 'templates.id', direction: 'asc' }))
    .orderBy('templates.name_key')
    .orderBy('templates.id')
    .limit(page.limit + 1)
    .execute();
  return cutPage(rows.map(templateRecord), page, template => [nameKey(template.name), template.id]);
}

/** Newest first. */
async function listVersions(
  tx: Tx,
  vault: Vault,
  templateId: string,
  filter: { name?: string | undefined },
  page: Page,
): Promise<Paged<TemplateVersionRecord>> {
  const { name } = filter;
  const rows = await selectVersions(tx.db)
    .where('template_versions.template_id', '=', templateId)
    .where('template_versions.draft', '=', 0)
    .$if(name !== undefined, query => query.where('template_versions.name_key', '=', nameKey(name ?? '')))
    .where(afterCursor(page, { by: 'template_versions.number', id: 'template_versions.id', direction: 'desc' }))
    .orderBy('template_versions.number', 'desc')
    .orderBy('template_versions.id', 'desc')
    .limit(page.limit + 1)
    .execute();
  const cut = cutPage(rows, page, row => [row.number, row.id]);
  return { ...cut, items: await versionRecords(tx.db, vault, cut.items) };
}

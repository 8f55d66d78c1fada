import { BerthError, type EngineName } from '@berth/protocol';
import type { NewVersion } from '../../contract/templates.js';
import { places } from '../../vault/places.js';
import { sealJson } from '../../vault/sealedJson.js';
import type { Vault } from '../../vault/vault.js';
import { findBlob } from '../blobs/findBlob.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import { enqueue } from '../jobs/enqueue.js';
import { keepPassing } from '../jobs/passingValues.js';
import { nameKey } from '../nameKey.js';
import { internTagSet } from '../queue/intern.js';

/** Provider that imports run with: they look at a template and place nothing. */
const IMPORT_PROVIDER = 'built-in';

/** Makes template (if new), version and import job; returns the version's id. */
export async function pushVersion(
  tx: Tx,
  vault: Vault,
  pushed: NewVersion,
): Promise<{ versionId: string; created: boolean }> {
  const archive = await findBlob(tx, vault, { kind: 'archive', digest: pushed.archive });
  if (archive?.complete !== 1) {
    throw new BerthError('not_found', `the archive ${pushed.archive} has not been uploaded`);
  }
  const { template, created } = await findOrMakeTemplate(tx, pushed);
  const id = newId();
  const jobId = newId();
  const engine = pushed.engine ?? template.activeEngine;
  await enqueue(tx, {
    id: jobId,
    type: 'template_import',
    versionId: id,
    organization: pushed.organizationId,
    provider: IMPORT_PROVIDER,
    engine,
    minimumEngineVersion: null,
    tags: pushed.tags,
    initiatorId: pushed.createdBy,
    ownerId: pushed.createdBy,
  });
  const draft = pushed.draft === true;
  const { number, name } = draft ? await nextDraft(tx, template.id, id) : await nextName(tx, template.id, pushed.name);
  const inserted = await tx.db
    .insertInto('template_versions')
    .values({
      id,
      template_id: template.id,
      number,
      name,
      name_key: nameKey(name),
      message: pushed.message,
      created_by: pushed.createdBy,
      created_at: tx.now,
      archive_digest: archive.id,
      archive_size_bytes: archive.receivedBytes,
      tag_set_id: await internTagSet(tx, pushed.tags),
      activate: pushed.activate ? 1 : 0,
      draft: draft ? 1 : 0,
      job_id: jobId,
      engine_name: engine,
      sensitive: '[]',
      sealed_pinned: sealJson(vault, pushed.pinned, places.pinned(id)),
    })
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) {
    throw new BerthError('name_taken', `template '${pushed.template}' has a version '${name}' already`, {
      fields: { name: 'taken' },
    });
  }
  if (Object.keys(pushed.samples).length > 0) await keepPassing(tx, vault, jobId, pushed.samples);
  if (draft) return { versionId: id, created: false };
  await tx.db.updateTable('templates').set({ updated_at: tx.now }).where('id', '=', template.id).execute();
  return { versionId: id, created };
}

interface FoundTemplate {
  id: string;
  /** Engine of its active version: a push that names none keeps it. */
  activeEngine: EngineName | null;
}

/** Holds the template, so that the numbers of its versions follow one another. */
async function findOrMakeTemplate(tx: Tx, pushed: NewVersion): Promise<{ template: FoundTemplate; created: boolean }> {
  const found = await holdTemplate(tx, pushed);
  if (found !== undefined) return { template: found, created: false };
  const made = await tx.db
    .insertInto('templates')
    .values({
      id: newId(),
      organization_id: pushed.organizationId,
      name: pushed.template,
      name_key: nameKey(pushed.template),
      description: '',
      created_at: tx.now,
      updated_at: tx.now,
      // A draft of a template that there is not belongs to one that was removed at once: its name stays free.
      deleted_at: pushed.draft === true ? tx.now : null,
    })
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (pushed.draft === true && made !== undefined) return { template: { ...made, activeEngine: null }, created: false };
  const template = await holdTemplate(tx, pushed);
  if (template === undefined) throw new Error(`template '${pushed.template}' is not there`);
  return { template, created: made !== undefined };
}

/** Looks again after it has waited: the template may have been renamed or removed meanwhile. */
async function holdTemplate(tx: Tx, pushed: NewVersion): Promise<FoundTemplate | undefined> {
  for (let heldId: string | undefined; ; ) {
    const found = await tx.db
      .selectFrom('templates')
      .leftJoin('template_versions', 'template_versions.id', 'templates.active_version_id')
      .select(['templates.id', 'template_versions.engine_name as activeEngine'])
      .where('templates.organization_id', '=', pushed.organizationId)
      .where('templates.name_key', '=', nameKey(pushed.template))
      .where('templates.deleted_at', 'is', null)
      .executeTakeFirst();
    if (found === undefined || found.id === heldId) return found;
    await tx.hold('templates', found.id);
    heldId = found.id;
  }
}

/** Drafts are counted from 0 downwards, so that they take no number of a version. */
async function nextDraft(tx: Tx, templateId: string, id: string): Promise<{ number: number; name: string }> {
  const { lowest } = await tx.db
    .selectFrom('template_versions')
    .select(eb => eb.fn.min('number').as('lowest'))
    .where('template_id', '=', templateId)
    .executeTakeFirstOrThrow();
  return { number: Math.min(1, lowest ?? 1) - 1, name: `draft-${id}` };
}

/** The number of the next version, and its name if the push gave none: `v` and the first number from there on that is free. */
async function nextName(tx: Tx, templateId: string, given: string | null): Promise<{ number: number; name: string }> {
  const last = await tx.db
    .selectFrom('template_versions')
    .select('number')
    .where('template_id', '=', templateId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  const number = Math.max(0, last?.number ?? 0) + 1;
  if (given !== null) return { number, name: given };
  for (let n = number; ; n++) {
    const taken = await tx.db
      .selectFrom('template_versions')
      .select('id')
      .where('template_id', '=', templateId)
      .where('name_key', '=', `v${n}`)
      .executeTakeFirst();
    if (taken === undefined) return { number, name: `v${n}` };
  }
}

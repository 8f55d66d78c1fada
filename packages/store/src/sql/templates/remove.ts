import { BerthError } from '@berth/protocol';
import type { Tx } from '../database.js';
import { cancelJob } from '../jobs/cancel.js';
import { lockJob } from '../jobs/lockedJob.js';
import { lockTemplate } from './edit.js';

/**
 * Removes a template that has no living workspaces, and asks its unfinished imports to end. Its rows stay for the history
 * of deleted workspaces; its name is free.
 *
 * @throws BerthError `not_found`, `template_in_use`
 */
export async function removeTemplate(tx: Tx, id: string): Promise<void> {
  // Jobs are held before templates, as everywhere.
  for (const job of await unfinishedImports(tx, id)) await tx.hold('jobs', job);
  const template = await lockTemplate(tx, id);
  const living = await tx.db
    .selectFrom('workspaces')
    .select('name')
    .where('template_id', '=', id)
    .where('deleted_at', 'is', null)
    .limit(4)
    .execute();
  if (living.length > 0) {
    const names = living.slice(0, 3).map(workspace => workspace.name);
    const more = living.length > 3 ? ' and others' : '';
    throw new BerthError('template_in_use', `template '${template.name}' has workspaces: ${names.join(', ')}${more}`);
  }
  for (const job of await unfinishedImports(tx, id)) await cancelJob(tx, await lockJob(tx, job));
  await tx.db.updateTable('templates').set({ deleted_at: tx.now }).where('id', '=', id).execute();
}

async function unfinishedImports(tx: Tx, templateId: string): Promise<string[]> {
  const jobs = await tx.db
    .selectFrom('template_versions')
    .innerJoin('jobs', 'jobs.id', 'template_versions.job_id')
    .select('jobs.id')
    .where('template_versions.template_id', '=', templateId)
    .where('jobs.finished_at', 'is', null)
    .orderBy('jobs.id')
    .execute();
  return jobs.map(job => job.id);
}

import { createHash } from 'node:crypto';
import { type AttemptResult, BerthError } from '@berth/protocol';
import type { Tx } from '../database.js';

/**
 * Stores what a successful import found, and makes the version active when it was pushed so, or when it is the first. A
 * push that was slow to import does not displace a later one that is active already.
 */
export async function settleImport(tx: Tx, versionId: string, result: AttemptResult): Promise<void> {
  if (result.type !== 'template_import') throw new BerthError('invalid_request', 'these are not findings of an import');
  const { engine, lockFile, variables } = result;
  const version = await tx.db
    .updateTable('template_versions')
    .set({
      engine_name: engine.name,
      engine_version: engine.version,
      lock_file: lockFile,
      lock_file_digest: lockFile === null ? null : createHash('sha256').update(lockFile).digest('hex'),
      sensitive: JSON.stringify(variables.filter(variable => variable.sensitive).map(variable => variable.name)),
    })
    .where('id', '=', versionId)
    .returning(['template_id as templateId', 'number', 'activate', 'draft'])
    .executeTakeFirstOrThrow();

  if (version.draft === 1) return;
  await tx.hold('templates', version.templateId);
  const { activeNumber } = await tx.db
    .selectFrom('templates')
    .leftJoin('template_versions as active', 'active.id', 'templates.active_version_id')
    .select('active.number as activeNumber')
    .where('templates.id', '=', version.templateId)
    .executeTakeFirstOrThrow();
  if (activeNumber !== null && (version.activate === 0 || activeNumber > version.number)) return;
  await tx.db
    .updateTable('templates')
    .set({ active_version_id: versionId, updated_at: tx.now })
    .where('id', '=', version.templateId)
    .execute();
}

import type { AuditEntry, AuditStore } from '../../contract/daemons.js';
import type { StoreContext } from '../context.js';
import { afterCursor, cutPage } from '../cursor.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';

export function auditStore({ database }: StoreContext): AuditStore {
  return {
    record: entry => database.write(tx => recordChange(tx, entry)),
    /** Newest first. */
    list: page =>
      database.read(async tx => {
        const rows = await tx.db
          .selectFrom('audit')
          .selectAll()
          .where(afterCursor(page, { by: 'audit.at', id: 'audit.id', direction: 'desc' }))
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(page.limit + 1)
          .execute();
        const entries = rows.map(row => {
          const details: AuditEntry['details'] = JSON.parse(row.details);
          return {
            id: row.id,
            at: row.at,
            actorId: row.actor_id,
            action: row.action,
            target: { kind: row.target_kind, id: row.target_id, name: row.target_name },
            organizationId: row.organization_id,
            details,
          };
        });
        return cutPage(entries, page, entry => [entry.at, entry.id]);
      }),
  };
}

/** Writes a change to the audit log. */
export async function recordChange(tx: Tx, entry: AuditEntry): Promise<void> {
  await tx.db
    .insertInto('audit')
    .values({
      id: newId(),
      at: tx.now,
      actor_id: entry.actorId,
      action: entry.action,
      target_kind: entry.target.kind,
      target_id: entry.target.id,
      target_name: entry.target.name,
      organization_id: entry.organizationId,
      details: JSON.stringify(entry.details),
    })
    .execute();
}

import type { AuditEntry, Store } from '@berth/store';
import type { UserActor } from './actor.js';

/** Writes into the audit log what a user has changed or looked at. `details` never hold secrets. */
export async function audit(
  store: Pick<Store, 'audit'>,
  actor: UserActor,
  action: string,
  target: AuditEntry['target'],
  organizationId: string | null,
  details: AuditEntry['details'] = {},
): Promise<void> {
  await store.audit.record({ actorId: actor.user.id, action, target, organizationId, details });
}

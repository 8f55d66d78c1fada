import type { IncomingHttpHeaders } from 'node:http';
import { BerthError, PSK_HEADER } from '@berth/protocol';
import type { Store } from '@berth/store';
import type { KeyActor, UserActor } from '../access/actor.js';
import { authenticateUser } from '../access/authenticate.js';
import type { PreSharedKeys } from '../access/preSharedKeys.js';

/** Who a daemon comes as. */
export type DaemonActor = UserActor | KeyActor;

/**
 * Reads the credential of a daemon that connects: a pre-shared key in its own header, or a user's token.
 *
 * @throws BerthError `psk_refused`, `unauthenticated`; `forbidden` for a user who belongs to no organization
 */
export async function daemonActor(
  store: Pick<Store, 'tokens'>,
  keys: PreSharedKeys,
  headers: IncomingHttpHeaders,
): Promise<DaemonActor> {
  const secret = headers[PSK_HEADER];
  if (typeof secret === 'string') return keys.find(secret);
  if (headers.authorization === undefined) {
    throw new BerthError('unauthenticated', 'the daemon came without a credential', {
      hint: 'Start it with --psk-file, or with BERTH_SESSION_TOKEN.',
    });
  }
  const actor = await authenticateUser(store, headers.authorization);
  if (actor.user.siteRole !== 'owner' && actor.user.memberships.length === 0) {
    throw new BerthError('forbidden', `${actor.user.username} belongs to no organization that daemons could serve`);
  }
  return actor;
}

import type { Credential } from '@berth/daemon';
import { BerthError } from '@berth/protocol';
import type { Connection } from '../settings/connection.js';

/**
 * What a daemon comes with: the pre-shared key if there is one, else the user's token.
 *
 * @throws BerthError `unauthenticated` when there is neither
 */
export function daemonCredential(psk: string | undefined, { url, token }: Connection): Credential {
  if (psk !== undefined) return { psk };
  if (token !== null) return { token };
  throw new BerthError('unauthenticated', `the daemon has nothing to show to ${url}`, {
    hint: "Give --psk-file (or BERTH_PROVISIONER_DAEMON_PSK), or log in with 'berth login URL'.",
  });
}

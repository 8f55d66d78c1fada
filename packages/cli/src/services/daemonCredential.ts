import { readFileSync } from 'node:fs';
import type { Credential } from '@berth/daemon';
import { BerthError } from '@berth/protocol';
import type { Connection } from '../settings/connection.js';

/**
 * What a daemon comes with: the pre-shared key if there is one, else the user's token. A key that stands in a file is
 * read again each time, so that it can be replaced while the daemon runs.
 *
 * @param files that may be where the key came from
 * @throws BerthError `unauthenticated` when there is neither
 */
export function daemonCredential(
  psk: string | undefined,
  files: readonly (string | undefined)[],
  { url, token }: Connection,
): Credential | (() => Credential) {
  if (psk !== undefined) {
    const file = files.find(path => path !== undefined && readKey(path) === psk);
    return file === undefined ? { psk } : () => ({ psk: readKey(file) ?? psk });
  }
  if (token !== null) return { token };
  throw new BerthError('unauthenticated', `the daemon has nothing to show to ${url}`, {
    hint: "Give --psk-file (or BERTH_PROVISIONER_DAEMON_PSK), or log in with 'berth login URL'.",
  });
}

/** Null while there is none: somebody is just replacing it. */
function readKey(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

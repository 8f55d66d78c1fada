import { BerthError } from '@berth/protocol';
import { readAddress } from './address.js';
import type { SavedLogin } from './savedLogin.js';

/** Which coordinator to call, and as whom. */
export interface Connection {
  url: string;
  /** Null when none was given for this address: only public routes can be called. */
  token: string | null;
}

/**
 * Puts together what flags and environment gave and what was saved. The saved token goes to the address that it was
 * issued by and to no other.
 *
 * @throws BerthError `unauthenticated` when no address is known
 */
export function resolveConnection(
  given: { url: string | undefined; token: string | undefined },
  readSaved: () => SavedLogin | null,
): Connection {
  const saved = given.url === undefined || given.token === undefined ? readSaved() : null;
  const url = given.url === undefined ? saved?.url : readAddress(given.url);
  if (url === undefined) {
    throw new BerthError('unauthenticated', 'you are not logged in, and no --url was given', {
      hint: "Run 'berth login URL', or set BERTH_URL and BERTH_SESSION_TOKEN.",
    });
  }
  return { url, token: given.token ?? (saved?.url === url ? saved.token : null) };
}

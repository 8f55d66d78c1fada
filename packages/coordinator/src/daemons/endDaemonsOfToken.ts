import { BerthError, closeCodes } from '@berth/protocol';
import type { LiveDaemons } from './liveDaemons.js';

/** Closes the connections of daemons that came with a token which was revoked. */
export async function endDaemonsOfToken(live: LiveDaemons, tokenId: string): Promise<void> {
  const error = new BerthError('unauthenticated', 'the token that the daemon came with was revoked');
  const daemons = live.all().filter(({ token }) => token?.id === tokenId);
  await Promise.all(daemons.map(daemon => daemon.refuse(error.toBody(), true, closeCodes.refused)));
}

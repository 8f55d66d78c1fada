import { type AttemptRef, BerthError, limits, type ToDaemon } from '@berth/protocol';
import type { Core } from '../core.js';
import type { LiveDaemon } from './liveDaemon.js';

/**
 * Fails an attempt whose spec is too large for one message, since no daemon could ever take it: the values of variables
 * are bounded when they are given, but not a lock file together with them.
 *
 * @returns whether it was too large
 */
export async function refuseOversized(
  { store }: Pick<Core, 'store'>,
  daemon: LiveDaemon,
  ref: AttemptRef,
  answer: Extract<ToDaemon, { type: 'accepted' }>,
): Promise<boolean> {
  const bytes = Buffer.byteLength(JSON.stringify(answer));
  if (bytes <= limits.frameBytes) return false;
  const error = new BerthError(
    'limit_exceeded',
    `the variables and the lock file of this job take ${bytes} bytes, more than the ${limits.frameBytes} of one message`,
  );
  await store.jobs.settle(ref, { error: error.toBody(), state: null, result: false });
  daemon.slots.release(ref);
  daemon.send({ type: 'fenced', ...ref, reason: error.message });
  return true;
}

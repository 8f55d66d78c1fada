import { type AttemptRef, BerthError, limits, readFrame, type ToDaemon, toDaemon } from '@berth/protocol';
import type { Core } from '../core.js';
import type { LiveDaemon } from './liveDaemon.js';

/**
 * Fails an attempt whose spec no daemon could ever take: one that is too large for a message (the values of variables are
 * bounded when they are given, but not a lock file together with them), or that is not as the protocol has it. A daemon
 * that was sent such a message would leave, and so would the next one that the job is offered to.
 *
 * @returns whether it was refused
 */
export async function refuseUnsendable(
  { store, log }: Pick<Core, 'store' | 'log'>,
  daemon: LiveDaemon,
  ref: AttemptRef,
  answer: Extract<ToDaemon, { type: 'accepted' }>,
): Promise<boolean> {
  const error = problemOf(JSON.stringify(answer));
  if (error === null) return false;
  log.error({ ...ref, err: error }, 'a job cannot be sent to any daemon');
  await store.jobs.settle(ref, { error: error.toBody(), state: null, result: false });
  daemon.slots.release(ref);
  daemon.send({ type: 'fenced', ...ref, reason: error.message });
  return true;
}

function problemOf(frame: string): BerthError | null {
  const bytes = Buffer.byteLength(frame);
  if (bytes > limits.frameBytes) {
    return new BerthError(
      'limit_exceeded',
      `the variables and the lock file of this job take ${bytes} bytes, more than the ${limits.frameBytes} of one message`,
    );
  }
  try {
    readFrame(toDaemon, frame);
    return null;
  } catch (cause) {
    return new BerthError('internal', 'what the coordinator has of this job cannot be sent to a daemon', {
      hint: "The coordinator's log says what is wrong with it.",
      cause,
    });
  }
}

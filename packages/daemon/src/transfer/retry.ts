import { BerthError, type ErrorCode } from '@berth/protocol';
import { Backoff, type BackoffLimits, pause } from '../backoff.js';

/**
 * What may go away by itself. `unauthenticated` is among them: an attempt's token is replaced when its accept is
 * answered again, and whether the attempt still counts is said on the socket, not by the refusal of a token.
 */
const passing: readonly ErrorCode[] = ['unreachable', 'unavailable', 'internal', 'unauthenticated'];

export interface RetryOptions extends BackoffLimits {
  /** Ends the tries; the signal's reason is thrown. */
  signal: AbortSignal;
  /** What does not go away by itself here, although it may elsewhere. */
  final?: readonly ErrorCode[];
  /** Told of each failure that is tried again. */
  onRetry: (error: BerthError, inMs: number) => void;
  /** Told of the failure that ends the tries. */
  onRefused: (error: BerthError) => void;
}

/**
 * Does something again until it succeeds or fails for good, for as long as it takes.
 *
 * @throws whatever `work` throws that time does not mend; the signal's reason
 */
export async function retrying<T>(options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const backoff = new Backoff(options);
  for (;;) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof BerthError)) throw error;
      if (!passing.includes(error.code) || options.final?.includes(error.code) === true) {
        options.onRefused(error);
        throw error;
      }
      const waitMs = backoff.next();
      options.onRetry(error, waitMs);
      await pause(waitMs, options.signal);
    }
  }
}

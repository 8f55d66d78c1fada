import { setTimeout } from 'node:timers/promises';

export interface BackoffLimits {
  /** Longest first pause. */
  minMs: number;
  /** Longest pause. */
  maxMs: number;
}

/**
 * Pauses between tries, doubling up to a limit. Each is a random part of its length ("full jitter"), so that many
 * daemons that lost one coordinator do not come back in step.
 */
export class Backoff {
  #tries = 0;

  constructor(
    private readonly limits: BackoffLimits,
    private readonly random: () => number = Math.random,
  ) {}

  /** Length of the next pause in milliseconds. */
  next(): number {
    const longest = Math.min(this.limits.maxMs, this.limits.minMs * 2 ** this.#tries);
    this.#tries += 1;
    return this.random() * longest;
  }

  /** After a success: the next pause is a short one again. */
  reset(): void {
    this.#tries = 0;
  }
}

/** Waits; returns early, without an error, when the signal says so. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

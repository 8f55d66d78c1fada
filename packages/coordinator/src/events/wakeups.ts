/**
 * Waits for notices. One that comes while nobody waits is kept, so that the next wait ends at once; several are one.
 */
export class Wakeups {
  readonly #ending: AbortSignal;
  #pending = false;
  #waiting: (() => void) | null = null;
  #later: NodeJS.Timeout | null = null;

  constructor(ending: AbortSignal) {
    this.#ending = ending;
    ending.addEventListener('abort', this.#release, { once: true });
  }

  wake(): void {
    this.#pending = true;
    this.#release();
  }

  /** Wakes once within the interval, however often it is called in it. */
  wakeAtMostEvery(ms: number): void {
    this.#later ??= setTimeout(() => {
      this.#later = null;
      this.wake();
    }, ms);
  }

  /** Resolves with true at the next notice, with false once there is an end to waiting. */
  async next(): Promise<boolean> {
    if (!this.#pending && !this.#ending.aborted) {
      await new Promise<void>(resolve => {
        this.#waiting = resolve;
      });
    }
    this.#pending = false;
    return !this.#ending.aborted;
  }

  dispose(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#ending.removeEventListener('abort', this.#release);
  }

  readonly #release = (): void => {
    this.#waiting?.();
    this.#waiting = null;
  };
}

/** Why an attempt shall end before it is done. */
type StopReason = 'canceled' | 'daemon_stopping' | 'fenced';

/** What can be stopped, softly first: a running engine. */
interface Stoppable {
  stop(): void;
  stopHard(): void;
}

/** Thrown by a step that saw the lever: the attempt ends here, and the lever says why. */
export class Stopped extends Error {
  constructor(readonly reason: StopReason) {
    super(`stopped: ${reason}`);
  }
}

/**
 * The one place where an attempt is stopped from outside. Pulled a first time it begins the stop ladder of the engine
 * that runs; a second time, or hard at once, it goes to the ladder's plugin step. A fence overrides the reasons before
 * it, since nothing of the attempt counts any more.
 */
export class StopLever {
  readonly #aborter = new AbortController();
  #reason: StopReason | null = null;
  #hard = false;
  #held: Stoppable | null = null;

  /** Aborts when the lever is first pulled: for what needs no care to be stopped, such as a download. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Null as long as it has not been pulled. */
  get reason(): StopReason | null {
    return this.#reason;
  }

  pull(reason: StopReason, mode: 'soft' | 'hard'): void {
    if (this.#reason === null || reason === 'fenced') this.#reason = reason;
    const first = !this.#aborter.signal.aborted;
    const harder = mode === 'hard' && !this.#hard;
    this.#hard ||= mode === 'hard';
    if (harder) this.#held?.stopHard();
    else if (first) this.#held?.stop();
    if (first) this.#aborter.abort(new Stopped(reason));
  }

  /** The lever stops this from now on, and at once if it has been pulled. */
  hold(running: Stoppable): void {
    this.#held = running;
    if (this.#hard) running.stopHard();
    else if (this.#reason !== null) running.stop();
  }

  letGo(): void {
    this.#held = null;
  }

  /** @throws Stopped */
  throwIfPulled(): void {
    if (this.#reason !== null) throw new Stopped(this.#reason);
  }
}

/** Why an attempt shall end before it is done. `leaving`: the daemon goes, and its engines run on. */
type StopReason = 'canceled' | 'daemon_stopping' | 'fenced' | 'leaving';

/** What can be stopped, softly first: a running engine. */
interface Stoppable {
  /** Begins the ladder, unless it has begun. */
  stop(): void;
  stopHard(): void;
  /** Follow it no more; it runs on. */
  leave(): void;
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
 * it, since nothing of the attempt counts any more; to leave overrides all.
 */
export class StopLever {
  readonly #aborter = new AbortController();
  #reason: StopReason | null = null;
  #hard = false;
  #held: Stoppable | null = null;

  /** Is told when the reason is known, and when another takes its place. */
  onReason: (reason: Exclude<StopReason, 'leaving'>) => void = () => undefined;

  /** Aborts when the lever is first pulled: for what needs no care to be stopped, such as a download. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Null as long as it has not been pulled. */
  get reason(): StopReason | null {
    return this.#reason;
  }

  pull(reason: Exclude<StopReason, 'leaving'>, mode: 'soft' | 'hard'): void {
    if (this.#reason === 'leaving') return;
    if (this.#reason === null || (reason === 'fenced' && this.#reason !== 'fenced')) {
      this.#reason = reason;
      this.onReason(reason);
    }
    const first = !this.#aborter.signal.aborted;
    const harder = mode === 'hard' && !this.#hard;
    this.#hard ||= mode === 'hard';
    if (harder) this.#held?.stopHard();
    else if (first) this.#held?.stop();
    if (first) this.#aborter.abort(new Stopped(reason));
  }

  /** The engine is not stopped: a later process goes on with it. */
  leave(): void {
    if (this.#reason === 'leaving') return;
    this.#reason = 'leaving';
    this.#held?.leave();
    this.#aborter.abort(new Stopped('leaving'));
  }

  /** An earlier process was told to stop, for this reason. */
  remember(reason: Exclude<StopReason, 'leaving'>): void {
    this.#reason = reason;
    this.#aborter.abort(new Stopped(reason));
  }

  /** The lever stops this from now on, and at once if it has been pulled. */
  hold(running: Stoppable): void {
    this.#held = running;
    if (this.#reason === 'leaving') running.leave();
    else if (this.#hard) running.stopHard();
    else if (this.#aborter.signal.aborted) running.stop();
  }

  letGo(): void {
    this.#held = null;
  }

  /** @throws Stopped */
  throwIfPulled(): void {
    if (this.#reason !== null) throw new Stopped(this.#reason);
  }
}

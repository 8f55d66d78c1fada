import type { RunHandle } from '@berth/terraform';
import type { Logger } from 'pino';

/** How soon a stop is asked for again that the disk did not take. */
const AGAIN_MS = 1_000;

/**
 * A run as those see it who stop it and renew its lease, which are files of the run: what a full disk does not take is
 * told, and tried again, while the run goes on. Timer: {@link AGAIN_MS} after a stop that could not be written.
 */
export class HeldRun {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly run: RunHandle,
    private readonly logger: Logger,
  ) {}

  stop(): void {
    // Asked a second time the run would go to the hard step, and an earlier process may have asked.
    this.#ask(() => {
      if (!this.run.isStopping()) this.run.stop();
    });
  }

  stopHard(): void {
    this.#ask(() => this.run.stopHard());
  }

  /** Follow it no more; it runs on. */
  leave(): void {
    this.run.close();
  }

  /** The last lease that was written holds until the next acknowledgement. */
  renewLease(deadline: number): void {
    try {
      this.run.renewLease(deadline);
    } catch (error) {
      this.logger.error({ err: error }, 'a lease could not be renewed');
    }
  }

  /** The run has ended. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #ask(stop: () => void): void {
    clearTimeout(this.#timer);
    try {
      stop();
    } catch (error) {
      this.logger.error({ err: error }, 'an engine could not be asked to stop; trying again');
      this.#timer = setTimeout(() => this.#ask(stop), AGAIN_MS);
    }
  }
}

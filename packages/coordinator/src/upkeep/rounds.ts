import type { Logger } from 'pino';

/**
 * Does something again and again, one round after the other, until it is stopped. A round that fails is told and tried
 * again like any other: the database may be away for a while.
 */
export class Rounds {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  /**
   * @param what for the log: `deleting what nobody needs`
   * @param round gives the time until the next one, milliseconds
   * @param firstMs time until the first, and until the next after one that failed
   */
  constructor(
    private readonly what: string,
    private readonly round: () => Promise<number>,
    private readonly firstMs: number,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.#in(this.firstMs);
  }

  /** Resolves when the last round is over. Calling it twice, or before the start, is fine. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #in(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#run().then(next => this.#in(next));
    }, ms);
  }

  async #run(): Promise<number> {
    try {
      return await this.round();
    } catch (error) {
      this.log.warn({ err: error }, `${this.what} failed; it is tried again`);
      return this.firstMs;
    }
  }
}

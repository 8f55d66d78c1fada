import type { Logger } from 'pino';
import type { BuiltInChild, StartBuiltIn } from '../options.js';

/** A child that ran so long was well: what ended it is no reason to wait longer before the next. */
const wellMs = 60_000;

/**
 * Keeps the child process of the built-in daemons running. States: running; waiting to start it again after it ended (a
 * timer, longer each time until a child has run for a minute); stopped, which nothing leaves.
 */
export class BuiltInDaemons {
  readonly #start: () => ReturnType<StartBuiltIn>;
  readonly #restartMs: number;
  readonly #log: Logger;
  #child: BuiltInChild | null = null;
  #running: Promise<void> = Promise.resolve();
  #wait: { cut(): void } | null = null;
  #stopped = false;

  constructor(start: () => ReturnType<StartBuiltIn>, restartMs: number, log: Logger) {
    this.#start = start;
    this.#restartMs = restartMs;
    this.#log = log;
  }

  start(): void {
    this.#running = this.#supervise();
  }

  /** Ends the child and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wait?.cut();
    await this.#child?.stop();
    await this.#running;
  }

  async #supervise(): Promise<void> {
    let failures = 0;
    while (!this.#stopped) {
      const began = performance.now();
      await this.#runOnce();
      if (this.#stopped) return;
      failures = performance.now() - began >= wellMs ? 0 : failures + 1;
      const waitMs = Math.min(this.#restartMs * 2 ** Math.max(0, failures - 1), this.#restartMs * 60);
      this.#log.warn({ waitMs }, 'starting the built-in daemons again soon');
      await this.#sleep(waitMs);
    }
  }

  async #runOnce(): Promise<void> {
    try {
      const child = await this.#start();
      this.#child = child;
      // It may have been told to stop while the child was starting.
      if (this.#stopped) await child.stop();
      const how = await child.exited;
      if (!this.#stopped) this.#log.error({ how }, 'the built-in daemons have ended');
    } catch (error) {
      this.#log.error({ err: error }, 'the built-in daemons could not be started');
    } finally {
      this.#child = null;
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      const cut = () => {
        clearTimeout(timer);
        this.#wait = null;
        resolve();
      };
      const timer = setTimeout(cut, ms);
      this.#wait = { cut };
    });
  }
}

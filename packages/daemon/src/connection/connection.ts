import type { BerthError, ToCoordinator } from '@berth/protocol';
import type { Logger } from 'pino';
import { Backoff, pause } from '../backoff.js';
import type { Credential } from '../credential.js';
import type { DaemonTimings } from '../timings.js';
import type { CoordinatorAddress } from './address.js';
import { type Hello, Session, type SessionEnd, type SessionListener } from './session.js';

interface ConnectionOptions {
  address: CoordinatorAddress;
  /** Asked anew for each connect: a key may have been replaced. */
  credential: () => Credential;
  /** Made anew for each connect, since it names the attempts that are held by then. */
  hello: () => Hello;
  listener: SessionListener;
  /** Whether the daemon has work that must not be left although the coordinator refuses it. */
  isBusy: () => boolean;
  timings: DaemonTimings;
  logger: Logger;
}

/**
 * Keeps a daemon connected: one {@link Session} after the other, with growing pauses between failed tries, for ever.
 * It ends by {@link stop}, or when the coordinator refuses the daemon for good (401, 403, `refused` with `final`) and
 * no work keeps it; with work it goes on trying, since the refusal may be taken back.
 */
export class Connection {
  /** Null after `stop`; the error when the coordinator refused the daemon. */
  readonly ended: Promise<BerthError | null>;
  readonly #stopped = new AbortController();
  #idle = new AbortController();
  #session: Session | null = null;

  constructor(private readonly options: ConnectionOptions) {
    this.ended = this.#run();
  }

  /** Sends a message; false when there is no connection now, and it was dropped. */
  send(message: ToCoordinator): boolean {
    return this.#session?.send(message) ?? false;
  }

  /** The daemon has become idle: a refusal that it had to wait out can be looked at now. */
  noticeIdle(): void {
    this.#idle.abort();
  }

  /** Twice is fine. */
  stop(): void {
    this.#stopped.abort();
    this.#session?.close();
  }

  async #run(): Promise<BerthError | null> {
    const { address, listener, timings, logger } = this.options;
    let credential = this.options.credential();
    const backoff = new Backoff({ minMs: timings.reconnectMinMs, maxMs: timings.reconnectMaxMs });
    while (!this.#stopped.signal.aborted) {
      credential = this.#readCredential(credential);
      this.#session = new Session(address.socket, credential, this.options.hello(), listener, timings);
      const end = await this.#session.ended;
      this.#session = null;
      if (this.#stopped.signal.aborted) break;
      if (end.final && !this.options.isBusy()) return end.error;
      // A session that ended over a message would end over the next one like it: it counts as a failure.
      if (end.welcomed && end.error.code !== 'invalid_request') backoff.reset();
      const waitMs = backoff.next();
      logger.warn({ ...describe(end), retryInMs: Math.round(waitMs) }, messageOf(end));
      await this.#pause(waitMs, end);
      if (end.final && !this.options.isBusy()) return end.error;
    }
    return null;
  }

  /** A file that cannot be read in this moment, because it is being replaced say, leaves the last one. */
  #readCredential(last: Credential): Credential {
    try {
      return this.options.credential();
    } catch (error) {
      this.options.logger.warn({ err: error }, 'the credential could not be read again');
      return last;
    }
  }

  /** Between tries; cut short by `stop` and, after a refusal, when the last work ends. */
  async #pause(ms: number, end: SessionEnd): Promise<void> {
    this.#idle = new AbortController();
    const signals = end.final ? [this.#stopped.signal, this.#idle.signal] : [this.#stopped.signal];
    await pause(ms, AbortSignal.any(signals));
  }
}

function messageOf(end: SessionEnd): string {
  if (end.final) return 'the coordinator refuses this daemon; trying on, since it has work';
  return end.welcomed ? 'lost the connection to the coordinator' : 'could not connect to the coordinator';
}

function describe(end: SessionEnd): Record<string, unknown> {
  return {
    code: end.error.code,
    error: end.error.message,
    ...(end.error.hint === null ? {} : { hint: end.error.hint }),
  };
}

import { hostname } from 'node:os';
import type { Offer } from '@berth/protocol';
import { BERTH_VERSION, type BerthError, type Engine, formatTags, PROTOCOL_VERSION } from '@berth/protocol';
import type { AttemptJob } from './attempts/attemptJob.js';
import { type AdoptedAttempt, Slots } from './attempts/slots.js';
import { Connection } from './connection/connection.js';
import type { Hello, Welcome } from './connection/session.js';
import type { CheckedOptions } from './options.js';

/** How a daemon ended. */
export interface DaemonEnd {
  /** For the process: 0 after `stop`, 3 when the coordinator refused the daemon. */
  exitCode: 0 | 3;
  /** One sentence for people. */
  reason: string;
  /** The refusal; null after `stop`. */
  error: BerthError | null;
}

/**
 * `drain`: takes no more jobs, ends when the last one has. `cancel`: stops its jobs too (a job that has changed nothing
 * is given back); a second time at once, by the hard step of the stop ladder; a third time it no longer waits for the
 * coordinator to take what its jobs ended with, which then stays in the data directory. `leave`: ends at once, and lets
 * engines run on, for the next process on the data directory to go on with. None is the cancel of a job.
 */
export type StopMode = 'drain' | 'cancel' | 'leave';

export interface Daemon {
  readonly name: string;
  /** Resolves as {@link done} does. */
  stop(mode: StopMode): Promise<DaemonEnd>;
  readonly done: Promise<DaemonEnd>;
}

interface ProvisionerDaemonOptions extends CheckedOptions {
  engine: Engine;
  platform: string;
  /** Identity of the data directory. */
  instance: string;
  /** What engines run in. */
  sandbox: Hello['sandbox'];
  /** `daemon` is the id that the coordinator knows this one by. */
  createJob: (offer: Offer, daemon: string) => { job: AttemptJob; warm: boolean };
  /** Attempts that an earlier process of this daemon has left. */
  adopted?: readonly AdoptedAttempt[] | undefined;
}

/**
 * One daemon: a connection and its slots. Running until `stop`, its one job or a refusal; then ending, until the slots
 * are empty; then done. Timer: `drainTimeoutMs` from the first `stop('drain')`.
 */
export class ProvisionerDaemon implements Daemon {
  readonly done: Promise<DaemonEnd>;
  #connection: Connection | null = null;
  readonly #slots: Slots;
  #stopping = false;
  #cancels = 0;
  #drainTimer: NodeJS.Timeout | undefined;
  #welcomes = 0;
  /** As the coordinator knows it; set before the first offer can come. */
  #id = '';

  constructor(private readonly options: ProvisionerDaemonOptions) {
    const { timings, logger } = options;
    this.#slots = new Slots({
      count: options.slots,
      send: message => this.#connection?.send(message) ?? false,
      createJob: offer => options.createJob(offer, this.#id),
      onAccepted: () => {
        if (options.once) this.#finish();
      },
      onQuiet: () => this.#onQuiet(),
      retry: { minMs: timings.retryMinMs, maxMs: timings.retryMaxMs },
      logger,
    });
    // Before the connection, whose first message names them.
    this.#slots.adopt(options.adopted ?? []);
    this.#connection = new Connection({
      address: options.address,
      credential: options.credential,
      hello: () => this.#hello(),
      listener: {
        onWelcome: welcome => this.#onWelcome(welcome),
        onMessage: message => this.#slots.onMessage(message),
        onVerdicts: (verdicts, sentAt) => this.#slots.onVerdicts(verdicts, sentAt),
        heldAttempts: () => this.#slots.held(),
      },
      isBusy: () => this.#slots.isBusy,
      timings,
      logger,
    });
    this.done = this.#untilDone(this.#connection);
    // What an earlier process has left of its one job is the one job.
    if (options.once && !this.#slots.isEmpty) this.#finish();
  }

  get name(): string {
    return this.options.name;
  }

  stop(mode: StopMode): Promise<DaemonEnd> {
    this.#finish();
    if (mode === 'drain') this.#limitDrain();
    if (mode === 'cancel') {
      clearTimeout(this.#drainTimer);
      this.#cancels += 1;
      if (this.#cancels > 2) this.#slots.abandonAll();
      else this.#slots.stopAll(this.#cancels === 1 ? 'soft' : 'hard');
    }
    if (mode === 'leave') {
      this.#slots.leaveAll();
      this.#connection?.stop();
    }
    this.#onQuiet();
    return this.done;
  }

  /** Takes no more jobs, and ends when the last one has. */
  #finish(): void {
    this.#stopping = true;
    this.#slots.takeNoMore();
  }

  #limitDrain(): void {
    const { drainTimeoutMs, logger } = this.options;
    if (drainTimeoutMs === null || this.#drainTimer !== undefined || this.#cancels > 0) return;
    this.#drainTimer = setTimeout(() => {
      logger.warn({ drainTimeoutMs }, 'its jobs have not ended in time: they are stopped');
      void this.stop('cancel');
    }, drainTimeoutMs);
  }

  #onQuiet(): void {
    if (!this.#slots.isBusy) this.#connection?.noticeIdle();
    if (this.#stopping && this.#slots.isEmpty) this.#connection?.stop();
  }

  async #untilDone(connection: Connection): Promise<DaemonEnd> {
    const error = await connection.ended;
    this.#slots.abandonAll();
    clearTimeout(this.#drainTimer);
    await this.#slots.closed();
    if (error === null) return { exitCode: 0, reason: 'the daemon was stopped', error };
    return { exitCode: 3, reason: `the coordinator refused this daemon: ${error.message}`, error };
  }

  #hello(): Hello {
    const { name, organization, tags, slots, engine, platform, instance, sandbox } = this.options;
    return {
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      version: BERTH_VERSION,
      name,
      organization,
      tags,
      slots,
      engine: { name: engine.name, version: engine.version },
      platform,
      hostname: hostname(),
      instance,
      sandbox,
      attempts: this.#slots.held(),
      draining: this.#slots.isDraining,
    };
  }

  #onWelcome(welcome: Welcome): void {
    const { name, address, engine, sandbox, logger } = this.options;
    this.#welcomes += 1;
    this.#id = welcome.daemon;
    this.#slots.onWelcome(welcome.daemon);
    logger.info(
      {
        coordinator: address.base,
        name,
        organization: welcome.organization.name,
        tags: formatTags(welcome.tags),
        version: BERTH_VERSION,
        coordinatorVersion: welcome.version,
        engine: `${engine.name} ${engine.version}`,
        sandbox,
        ...(this.#welcomes === 1 ? {} : { connection: this.#welcomes }),
      },
      'successfully connected',
    );
    for (const notice of welcome.notices) logger.warn(notice);
  }
}

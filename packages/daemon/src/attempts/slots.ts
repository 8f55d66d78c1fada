import type { AttemptRef, AttemptSpec, Offer, ToCoordinator, ToDaemon, Verdict } from '@berth/protocol';
import type { Logger } from 'pino';
import type { BackoffLimits } from '../backoff.js';
import type { Incoming } from '../connection/session.js';
import { Attempt, type AttemptBegin } from './attempt.js';
import type { AttemptEnd, AttemptJob } from './attemptJob.js';

/** An attempt that an earlier process has left. */
export interface AdoptedAttempt {
  ref: AttemptRef;
  /** Id of the daemon that accepted it, as its coordinator knows it. */
  daemon: string;
  job: AttemptJob;
  /** Null when the answer to the accept never came. */
  spec: AttemptSpec | null;
  gateOpen: boolean;
}

interface SlotsOptions {
  /** How many attempts may run at once. */
  count: number;
  /** Says something on the socket; false when there is no connection, and it was dropped. */
  send: (message: ToCoordinator) => boolean;
  /** Makes the work of an attempt; `warm` says that it can begin without init. */
  createJob: (offer: Offer) => { job: AttemptJob; warm: boolean };
  /** Told when the coordinator has given this daemon an offer that it accepted. */
  onAccepted: () => void;
  /** Told when the last attempt that must not be left has come to its outcome, and when the last one has ended. */
  onQuiet: () => void;
  retry: BackoffLimits;
  logger: Logger;
}

/**
 * The attempts that a daemon holds: at most `count`, each in a slot from its offer until it has ended. Takes offers, or
 * declines them while it is draining, and hands every other message to the attempt that it names.
 */
export class Slots {
  readonly #attempts = new Map<string, Attempt>();
  /** What attempts leave to do after their end: folders to remove. */
  readonly #closing = new Set<Promise<void>>();
  /** Attempts that were taken up, and the id of the daemon that had accepted each; until the first welcome. */
  readonly #adopted = new Map<string, string>();
  readonly #onEmpty: (() => void)[] = [];
  #draining = false;
  #takesNoMore = false;

  constructor(private readonly options: SlotsOptions) {}

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Whether something would be lost if the daemon ended now. */
  get isBusy(): boolean {
    return [...this.#attempts.values()].some(attempt => attempt.isBusy);
  }

  get isEmpty(): boolean {
    return this.#attempts.size === 0;
  }

  held(): AttemptRef[] {
    return [...this.#attempts.values()].map(attempt => attempt.ref);
  }

  onMessage(message: Incoming): void {
    switch (message.type) {
      case 'offer':
        this.#onOffer(message);
        break;
      case 'accepted':
        this.options.onAccepted();
        this.#find(message.spec)?.accepted(message.spec, message.gateOpen);
        break;
      case 'gate':
        this.#find(message)?.gate(message.open);
        break;
      case 'fenced':
        this.#find(message)?.fence(message.reason);
        break;
      case 'settled':
        this.#find(message)?.settled();
        break;
      case 'cancel':
        this.#find(message)?.cancel(message.mode);
        break;
      case 'drain':
        this.setDraining(message.draining || this.#takesNoMore);
        break;
      case 'problem':
        this.#onProblem(message);
        break;
    }
  }

  onVerdicts(verdicts: readonly Verdict[], sentAt: number): void {
    for (const verdict of verdicts) this.#find(verdict)?.verdict(verdict, sentAt);
  }

  /** Takes up attempts that an earlier process has left. */
  adopt(attempts: readonly AdoptedAttempt[]): void {
    for (const { ref, daemon, job, spec, gateOpen } of attempts) {
      this.#adopted.set(keyOf(ref), daemon);
      this.#hold(ref, job, { from: 'journal', spec, gateOpen });
    }
  }

  /**
   * The coordinator has said which daemon it takes this one for. What was accepted as another is none of its business:
   * it is left as it is, until this daemon is that one again.
   */
  onWelcome(daemon: string): void {
    for (const [key, acceptedAs] of this.#adopted) {
      const attempt = this.#attempts.get(key);
      if (attempt === undefined || acceptedAs === daemon) continue;
      this.options.logger.error(
        { ...attempt.ref, acceptedAs, daemon },
        'an attempt was left here by another daemon, or with another coordinator: it is not touched',
      );
      attempt.leave();
    }
    this.#adopted.clear();
  }

  /** Takes no more offers, or takes them again. */
  setDraining(draining: boolean): void {
    this.#draining = draining;
    this.options.send({ type: 'draining', draining });
  }

  /** Takes no more offers, whatever the coordinator says. */
  takeNoMore(): void {
    this.#takesNoMore = true;
    if (!this.#draining) this.setDraining(true);
  }

  /** Stops the work of every attempt. */
  stopAll(mode: 'soft' | 'hard'): void {
    for (const attempt of this.#attempts.values()) attempt.stop(mode);
  }

  /** Lets every engine run on: a later process goes on with the attempts. */
  leaveAll(): void {
    for (const attempt of this.#attempts.values()) attempt.leave();
  }

  /** Waits for the coordinator no longer. */
  abandonAll(): void {
    for (const attempt of this.#attempts.values()) attempt.abandon();
  }

  /** Resolves once every attempt has ended, which must have been told so, and nothing is left to do for any. */
  async closed(): Promise<void> {
    if (!this.isEmpty) await new Promise<void>(resolve => this.#onEmpty.push(resolve));
    await Promise.all(this.#closing);
  }

  #onOffer(offer: ToDaemon & { type: 'offer' }): void {
    const held = this.#find(offer);
    if (held !== undefined) {
      held.offeredAgain();
      return;
    }
    const { job, attempt } = offer;
    const declined = this.#draining ? 'the daemon is draining' : this.#isFull() ? 'every slot is busy' : null;
    if (declined !== null) {
      this.options.send({ type: 'decline', job, attempt, reason: declined });
      return;
    }
    try {
      this.#start(offer);
    } catch (error) {
      this.options.logger.error({ job, attempt, err: error }, 'an attempt could not be begun');
      this.options.send({ type: 'decline', job, attempt, reason: 'the daemon could not make a folder for it' });
    }
  }

  #start(offer: Offer): void {
    const { job, warm } = this.options.createJob(offer);
    const ref = { job: offer.job, attempt: offer.attempt };
    this.#hold(ref, job, { from: 'offer', openGate: warm && offer.jobType === 'workspace_build' });
  }

  #hold(ref: AttemptRef, job: AttemptJob, begin: AttemptBegin): Attempt {
    const { send, retry, logger } = this.options;
    const attempt = new Attempt({
      ref,
      begin,
      job,
      send,
      retry,
      logger,
      onOutcome: () => this.options.onQuiet(),
      onEnded: end => this.#onEnded(ref, job, end),
    });
    this.#attempts.set(keyOf(ref), attempt);
    return attempt;
  }

  #onEnded(ref: AttemptRef, job: AttemptJob, end: AttemptEnd): void {
    const { logger, onQuiet } = this.options;
    this.#attempts.delete(keyOf(ref));
    logger.info({ ...ref, end }, 'attempt ended');
    const closing = job
      .close(end)
      .catch(error => logger.error({ ...ref, err: error }, 'an attempt was not cleaned up'));
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
    if (this.isEmpty) for (const resolve of this.#onEmpty.splice(0)) resolve();
    onQuiet();
  }

  #onProblem(message: ToDaemon & { type: 'problem' }): void {
    const about = message.about === null ? undefined : this.#find(message.about);
    if (about !== undefined) void about.problem(message.error);
    else this.options.logger.warn({ error: message.error }, 'the coordinator could not act on a message');
  }

  #isFull(): boolean {
    return this.#attempts.size >= this.options.count;
  }

  #find(ref: AttemptRef): Attempt | undefined {
    return this.#attempts.get(keyOf(ref));
  }
}

function keyOf(ref: AttemptRef): string {
  return `${ref.job}/${ref.attempt}`;
}

import type { AttemptRef, AttemptSpec, ErrorBody, Phase, ToCoordinator, Verdict } from '@berth/protocol';
import { secondsSinceBoot } from '@berth/terraform';
import type { Logger } from 'pino';
import { Backoff, type BackoffLimits, pause } from '../backoff.js';
import type { AttemptControl, AttemptEnd, AttemptJob, JobEnd } from './attemptJob.js';
import { StopLever } from './stopLever.js';

interface AttemptOptions {
  ref: AttemptRef;
  /** Ask for the gate with the accept. */
  openGate: boolean;
  job: AttemptJob;
  /** Says something on the socket; false when there is no connection, and it was dropped. */
  send: (message: ToCoordinator) => boolean;
  /** Pauses before a message is repeated that the coordinator could not act on. */
  retry: BackoffLimits;
  /** Told at once, so that the slot is free for an offer that comes in the same packet. */
  onEnded: (end: AttemptEnd) => void;
  /** Told when the outcome is known and waits to be taken: nothing is lost any more if the daemon ends. */
  onOutcome: () => void;
  logger: Logger;
}

/** A message that waits for its answer. Times in seconds since boot. */
interface Said {
  message: ToCoordinator;
  /** The answer may be to the first saying of it: what it acknowledges is not later than that. */
  firstSaidAt: number;
  saidAt: number;
  /** There was no connection. */
  dropped: boolean;
}

/** Phases that are shorter than this are not told: each costs the coordinator a write, at its busiest moment. */
const PHASE_MS = 20;

/**
 * What is said between daemon and coordinator about one attempt; its work is the {@link AttemptJob}.
 *
 * offered (accept said) -> working (accepted) -> handing_in (terminal said) -> ended (settled)
 *                                             -> handing_back (hand_back said) -> ended (settled)
 * A fence ends it from each state, from `working` once its work has stopped; so does {@link abandon}.
 *
 * At most one message waits for its answer: accept, open_gate, terminal or hand_back. It is said again when it may have
 * been lost: with each verdict on the attempt that was asked for after it. `terminal` is said of one outcome alone.
 * Timers: {@link PHASE_MS} from the beginning of a phase, while it works.
 */
export class Attempt {
  readonly ref: AttemptRef;
  readonly lever = new StopLever();
  readonly #abandoned = new AbortController();
  readonly #backoff: Backoff;
  #state: 'offered' | 'working' | 'handing_in' | 'handing_back' | 'ended' = 'offered';
  #gate: 'closed' | 'open' | 'refused' = 'closed';
  #onGate: () => void = () => undefined;
  #unanswered: Said | null = null;
  #acknowledgedAt = secondsSinceBoot();
  #onAcknowledged: ((at: number) => void) | null = null;
  #phaseTimer: NodeJS.Timeout | undefined;
  #outcome: (JobEnd & { kind: 'outcome' }) | null = null;

  constructor(private readonly options: AttemptOptions) {
    this.ref = options.ref;
    this.#backoff = new Backoff(options.retry);
    this.#say({ type: 'accept', ...this.ref, openGate: options.openGate });
  }

  /** Whether something of it would be lost if the daemon ended now: it works, and its outcome is not known yet. */
  get isBusy(): boolean {
    return this.#state === 'working';
  }

  /** The offer came a second time: the accept was lost, it seems. */
  offeredAgain(): void {
    if (this.#state === 'offered' && this.#unanswered !== null) this.#say(this.#unanswered.message);
  }

  /** The answer to `accept`; may come again, with a new token. */
  accepted(spec: AttemptSpec, gateOpen: boolean): void {
    if (this.#state === 'ended') return;
    this.options.job.setToken(spec.token);
    if (gateOpen) this.#gate = 'open';
    if (this.#unanswered?.message.type === 'accept') this.#answered();
    if (this.#state === 'offered') void this.#work(spec);
  }

  /** The answer to `open_gate`. */
  gate(open: boolean): void {
    if (this.#unanswered?.message.type === 'open_gate') this.#answered();
    if (this.#gate === 'closed') this.#gate = open ? 'open' : 'refused';
    this.#onGate();
  }

  /** Somebody asked to cancel the job. */
  cancel(mode: 'soft' | 'hard'): void {
    this.lever.pull('canceled', mode);
  }

  /** The daemon ends: the work ends too, or is handed back. */
  stop(mode: 'soft' | 'hard'): void {
    this.lever.pull('daemon_stopping', mode);
  }

  /** The coordinator counts it no more. */
  fence(reason: string): void {
    if (this.#state === 'ended') return;
    this.options.logger.warn({ ...this.ref, reason }, 'the attempt no longer owns its job');
    this.#unanswered = null;
    this.lever.pull('fenced', 'hard');
    this.#abandoned.abort(new Error(`fenced: ${reason}`));
    this.#onGate();
    if (this.#state !== 'working') this.#end('fenced');
  }

  /** The coordinator has the outcome, or took the job back. */
  settled(): void {
    if (this.#state === 'handing_in') this.#end('settled');
    else if (this.#state === 'handing_back') this.#end('handed_back');
    else this.fence('the coordinator has settled it');
  }

  /** The daemon waits no longer for the coordinator; what is not handed in stays on disk. Work must have been stopped. */
  abandon(): void {
    if (this.#state === 'ended') return;
    this.#abandoned.abort(new Error('the daemon ended'));
    this.#onGate();
    if (this.#state !== 'working') this.#end('abandoned');
  }

  /** @param sentAt when the coordinator was asked, seconds since boot */
  verdict(verdict: Verdict, sentAt: number): void {
    if (verdict.verdict !== 'yours') {
      if (verdict.verdict === 'settled') this.settled();
      else this.fence('the coordinator has given it up');
      return;
    }
    this.#acknowledgedAt = Math.max(this.#acknowledgedAt, sentAt);
    this.#onAcknowledged?.(this.#acknowledgedAt);
    if (verdict.cancel !== null) this.cancel(verdict.cancel);
    if (this.#unanswered === null) return;
    if (this.#unanswered.dropped || this.#unanswered.saidAt <= sentAt) this.#say(this.#unanswered.message);
  }

  /** The coordinator could not act on what was said: it is said again after a pause, with what it names. */
  async problem(error: ErrorBody): Promise<void> {
    const said = this.#unanswered;
    this.options.logger.warn({ ...this.ref, said: said?.message.type, error }, 'the coordinator could not act on it');
    if (said === null) return;
    await pause(this.#backoff.next(), this.#abandoned.signal);
    if (this.#unanswered !== said) return;
    try {
      await this.#outcome?.sendAgain();
    } catch (error) {
      if (!this.#abandoned.signal.aborted)
        this.options.logger.error({ ...this.ref, err: error }, 'could not send again');
    }
    if (this.#unanswered === said) this.#say(said.message);
  }

  async #work(spec: AttemptSpec): Promise<void> {
    this.#state = 'working';
    const end = await this.options.job.run(this.#control(spec));
    clearTimeout(this.#phaseTimer);
    if (this.lever.reason === 'fenced') return this.#end('fenced');
    if (this.#abandoned.signal.aborted) return this.#end('abandoned');
    if (end.kind === 'outcome') {
      this.#outcome = end;
      this.#state = 'handing_in';
      this.options.onOutcome();
      this.#say({ type: 'terminal', ...this.ref, outcome: end.outcome });
    } else {
      this.#state = 'handing_back';
      this.#say({ type: 'hand_back', ...this.ref, reason: end.reason });
    }
  }

  #control(spec: AttemptSpec): AttemptControl {
    const attempt = this;
    return {
      spec,
      lever: this.lever,
      abandoned: this.#abandoned.signal,
      get gateOpen() {
        return attempt.#gate === 'open';
      },
      passGate: () => this.#passGate(),
      get acknowledgedAt() {
        return attempt.#acknowledgedAt;
      },
      onAcknowledged: listener => {
        this.#onAcknowledged = listener;
      },
      enterPhase: phase => this.#enterPhase(phase),
      fence: reason => this.fence(reason),
    };
  }

  /** Waits for the answer whatever happens but a fence: until then nobody knows whether the gate is open. */
  async #passGate(): Promise<boolean> {
    if (this.#gate === 'closed' && !this.#abandoned.signal.aborted) {
      const answered = new Promise<void>(resolve => {
        this.#onGate = resolve;
      });
      this.#say({ type: 'open_gate', ...this.ref });
      await answered;
    }
    return this.#gate === 'open';
  }

  #enterPhase(phase: Phase): void {
    clearTimeout(this.#phaseTimer);
    this.#phaseTimer = setTimeout(() => this.options.send({ type: 'progress', ...this.ref, phase }), PHASE_MS);
  }

  #say(message: ToCoordinator): void {
    const saidAt = secondsSinceBoot();
    const firstSaidAt = this.#unanswered?.message === message ? this.#unanswered.firstSaidAt : saidAt;
    this.#unanswered = { message, firstSaidAt, saidAt, dropped: !this.options.send(message) };
  }

  #answered(): void {
    this.#acknowledgedAt = Math.max(this.#acknowledgedAt, this.#unanswered?.firstSaidAt ?? 0);
    this.#onAcknowledged?.(this.#acknowledgedAt);
    this.#unanswered = null;
    this.#backoff.reset();
  }

  #end(end: AttemptEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#unanswered = null;
    this.options.onEnded(end);
  }
}

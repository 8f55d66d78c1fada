import type { AttemptRef, AttemptSpec, ErrorBody, Phase, ToCoordinator, Verdict } from '@berth/protocol';
import { secondsSinceBoot } from '@berth/terraform';
import type { Logger } from 'pino';
import { Backoff, type BackoffLimits, pause } from '../backoff.js';
import type { AttemptControl, AttemptEnd, AttemptJob, JobEnd } from './attemptJob.js';
import { StopLever } from './stopLever.js';

/** How an attempt comes to this process: by an offer, or from an earlier process by its journal. */
export type AttemptBegin =
  /** `openGate`: ask for the gate with the accept. */
  | { from: 'offer'; openGate: boolean }
  /** `spec` null: the answer to the accept never came, so nothing was begun. */
  | { from: 'journal'; spec: AttemptSpec | null; gateOpen: boolean };

interface AttemptOptions {
  ref: AttemptRef;
  begin: AttemptBegin;
  job: AttemptJob;
  /** Says something on the socket; false when there is no connection, and it was dropped. */
  send: (message: ToCoordinator) => boolean;
  /** Pauses before a message is repeated that the coordinator could not act on. */
  retry: BackoffLimits;
  /** Told at once, so that the slot is free for an offer that comes in the same packet. */
  onEnded: (end: AttemptEnd) => void;
  /** Told when nothing is lost any more if the daemon ends: what the attempt came to is kept. */
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
const PHASE_MS = 100;

const NEVER_BEGUN = 'the daemon ended before it had begun';

/**
 * What is said between daemon and coordinator about one attempt; its work is the {@link AttemptJob}.
 *
 * offered (accept said) -> working (accepted) -> handing_in (terminal said) -> ended (settled)
 *                                             -> handing_back (hand_back or not_started said) -> ended (settled)
 * One that an earlier process began is working from the start, without an accept. A fence leads to salvaging once the
 * work has stopped, and then to ended; where there was no work, to ended at once. {@link abandon} ends it from each state,
 * from `working` once its work has stopped.
 *
 * At most one message waits for its answer: accept, open_gate, terminal, hand_back or not_started. It is said again when
 * it may have been lost: with each verdict on the attempt that was asked for after it. `terminal` is said of one outcome
 * alone, but for what the coordinator refused of it. An accept for the sake of a new token comes beside it, with each verdict until it is answered.
 * Timers: {@link PHASE_MS} from the beginning of a phase, while it works.
 */
export class Attempt {
  readonly ref: AttemptRef;
  readonly lever = new StopLever();
  /** Nobody waits for the outcome any more: it was fenced or settled, or the daemon ends. */
  readonly #abandoned = new AbortController();
  /** The daemon ends. */
  readonly #deserted = new AbortController();
  readonly #backoff: Backoff;
  readonly #owned: Promise<void>;
  #onOwned: () => void = () => undefined;
  #state: 'offered' | 'working' | 'handing_in' | 'handing_back' | 'salvaging' | 'ended' = 'offered';
  #gate: 'closed' | 'open' | 'refused' = 'closed';
  #onGate: () => void = () => undefined;
  #unanswered: Said | null = null;
  #wantsToken = false;
  #acknowledgedAt = secondsSinceBoot();
  #onAcknowledged: ((at: number) => void) | null = null;
  #phaseTimer: NodeJS.Timeout | undefined;
  #outcome: (JobEnd & { kind: 'outcome' }) | null = null;
  /** What it came to is on disk. */
  #kept = false;
  /** The coordinator has had the outcome of an earlier process. */
  #settledBefore = false;

  constructor(private readonly options: AttemptOptions) {
    const { begin } = options;
    this.ref = options.ref;
    this.#backoff = new Backoff(options.retry);
    this.#owned = new Promise(resolve => {
      this.#onOwned = resolve;
    });
    if (begin.from === 'journal') {
      if (begin.gateOpen) this.#gate = 'open';
      if (begin.spec === null) this.#giveBack({ type: 'not_started', ...this.ref, reason: NEVER_BEGUN });
      else void this.#work(begin.spec);
    } else {
      this.#onOwned();
      this.#say({ type: 'accept', ...this.ref, openGate: begin.openGate });
    }
  }

  /** Whether something of it would be lost if the daemon ended now: it works, and its outcome is not known yet. */
  get isBusy(): boolean {
    return this.#state === 'working' && !this.#kept;
  }

  /** The offer came a second time: the accept was lost, it seems. */
  offeredAgain(): void {
    if (this.#state === 'offered' && this.#unanswered !== null) this.#say(this.#unanswered.message);
  }

  /** The answer to `accept`; may come again, with a new token. */
  accepted(spec: AttemptSpec, gateOpen: boolean): void {
    if (this.#state === 'ended') return;
    this.options.job.setToken(spec.token);
    this.#wantsToken = false;
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
    const state = this.#state;
    if (state === 'ended' || state === 'salvaging' || this.lever.reason === 'fenced') return;
    this.options.logger.warn({ ...this.ref, reason }, 'the attempt no longer owns its job');
    this.#desert(new Error(`fenced: ${reason}`));
    if (state === 'handing_in') void this.#salvage();
    else if (state !== 'working') this.#end('fenced');
  }

  /** The coordinator has the outcome, or took the job back. */
  settled(): void {
    if (this.#state === 'handing_in') this.#end('settled');
    else if (this.#state === 'handing_back') this.#end('handed_back');
    else if (this.#state === 'working') {
      this.#settledBefore = true;
      this.#desert(new Error('the coordinator has settled it'));
    } else this.fence('the coordinator has settled it');
  }

  /** The daemon waits no longer for the coordinator; what is not handed in stays on disk. Work must have been stopped. */
  abandon(): void {
    if (this.#state === 'ended') return;
    this.#deserted.abort(new Error('the daemon ended'));
    this.#abandoned.abort(new Error('the daemon ended'));
    this.#onGate();
    this.#onOwned();
    if (this.#state !== 'working' && this.#state !== 'salvaging') this.#end('abandoned');
  }

  /** The daemon goes, its engine runs on: a later process goes on with the attempt. */
  leave(): void {
    this.lever.leave();
    this.abandon();
  }

  /** @param sentAt when the coordinator was asked, seconds since boot */
  verdict(verdict: Verdict, sentAt: number): void {
    if (verdict.verdict !== 'yours') {
      if (verdict.verdict === 'settled') this.settled();
      else this.fence('the coordinator has given it up');
      return;
    }
    this.#onOwned();
    this.#acknowledgedAt = Math.max(this.#acknowledgedAt, sentAt);
    this.#onAcknowledged?.(this.#acknowledgedAt);
    if (verdict.cancel !== null) this.cancel(verdict.cancel);
    if (this.#wantsToken) this.options.send({ type: 'accept', ...this.ref, openGate: false });
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
      if (this.#outcome !== null) {
        // Nothing was settled. Should it be something attached that it could not act on: that has been uploaded now, or
        // was refused, which is the outcome then.
        const outcome = await this.#outcome.sendAgain();
        this.#outcome = { ...this.#outcome, outcome, attached: null };
      }
    } catch (error) {
      if (!this.#abandoned.signal.aborted)
        this.options.logger.error({ ...this.ref, err: error }, 'could not send again');
    }
    if (this.#unanswered === said) this.#say(this.#outcome === null ? said.message : this.#terminal(this.#outcome));
  }

  async #work(spec: AttemptSpec): Promise<void> {
    this.#state = 'working';
    const end = await this.options.job.run(this.#control(spec));
    clearTimeout(this.#phaseTimer);
    if (this.#settledBefore) return this.#end('settled');
    if (this.lever.reason === 'fenced') return this.#salvage();
    if (this.#abandoned.signal.aborted || end.kind === 'silent') return this.#end('abandoned');
    if (end.kind === 'outcome') {
      this.#outcome = end;
      this.#state = 'handing_in';
      this.options.onOutcome();
      this.#say(this.#terminal(end));
    } else {
      const { kind: type, ...why } = end;
      this.#giveBack({ type, ...this.ref, ...why });
    }
  }

  #terminal({ outcome, attached }: JobEnd & { kind: 'outcome' }): ToCoordinator {
    return { type: 'terminal', ...this.ref, outcome, ...(attached === null ? {} : { attached }) };
  }

  #giveBack(message: ToCoordinator & { type: 'hand_back' | 'not_started' }): void {
    this.#state = 'handing_back';
    this.#say(message);
  }

  async #salvage(): Promise<void> {
    this.#state = 'salvaging';
    this.options.onOutcome();
    await this.options.job.salvage(this.#deserted.signal);
    this.#end(this.#deserted.signal.aborted ? 'abandoned' : 'fenced');
  }

  /** Nothing of it counts any more: work and requests end. */
  #desert(why: Error): void {
    this.#unanswered = null;
    this.#wantsToken = false;
    this.lever.pull('fenced', 'hard');
    this.#abandoned.abort(why);
    this.#onGate();
    this.#onOwned();
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
      renewToken: () => this.#renewToken(),
      outcomeKept: () => {
        this.#kept = true;
        this.options.onOutcome();
      },
      owned: () => this.#owned,
    };
  }

  #renewToken(): void {
    if (this.#wantsToken || this.#abandoned.signal.aborted) return;
    this.#wantsToken = true;
    this.options.send({ type: 'accept', ...this.ref, openGate: false });
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

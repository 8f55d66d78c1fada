import type { AttemptOutcome } from '@berth/protocol';
import type { AttemptControl, AttemptEnd, AttemptJob, JobEnd } from '../../src/attempts/attemptJob.js';

/** Work that does what the test says, for tests of what is said around it. */
export class ScriptedJob implements AttemptJob {
  /** Resolves when the work is started. */
  readonly started: Promise<AttemptControl>;
  /** Resolves when the attempt is over. */
  readonly closed: Promise<AttemptEnd>;
  readonly tokens: string[] = [];
  sentAgain = 0;
  salvages = 0;
  runs = 0;
  #start: (control: AttemptControl) => void = () => undefined;
  #close: (end: AttemptEnd) => void = () => undefined;
  #finish: (end: JobEnd) => void = () => undefined;
  readonly #finished = new Promise<JobEnd>(resolve => {
    this.#finish = resolve;
  });

  constructor() {
    this.started = new Promise(resolve => {
      this.#start = resolve;
    });
    this.closed = new Promise(resolve => {
      this.#close = resolve;
    });
  }

  async run(control: AttemptControl): Promise<JobEnd> {
    this.runs += 1;
    this.#start(control);
    return this.#finished;
  }

  setToken(token: string): void {
    this.tokens.push(token);
  }

  async salvage(): Promise<void> {
    this.salvages += 1;
  }

  async close(end: AttemptEnd): Promise<void> {
    this.#close(end);
  }

  finish(outcome: AttemptOutcome): void {
    this.#finish({
      kind: 'outcome',
      outcome,
      attached: null,
      sendAgain: async () => {
        this.sentAgain += 1;
        return outcome;
      },
    });
  }

  handBack(): void {
    this.#finish({ kind: 'hand_back', reason: 'the daemon is stopping' });
  }
}

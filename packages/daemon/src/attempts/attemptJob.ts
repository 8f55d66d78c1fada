import type { AttemptOutcome, AttemptSpec, Phase } from '@berth/protocol';
import type { StopLever } from './stopLever.js';

/** The work of one attempt, apart from what is said about it on the socket. */
export interface AttemptJob {
  /** Does the work, to its end or until the lever stops it. Called once. Never rejects. */
  run(control: AttemptControl): Promise<JobEnd>;
  /** The coordinator has answered a repeated accept: requests are made with this token from now on. */
  setToken(token: string): void;
  /** The attempt is over: lets go of everything. What is not known to be safe elsewhere is kept on disk. */
  close(end: AttemptEnd): Promise<void>;
}

/** What the work sees of its attempt. */
export interface AttemptControl {
  readonly spec: AttemptSpec;
  readonly lever: StopLever;
  /** Aborts when nobody waits for the attempt any more: requests end too. */
  readonly abandoned: AbortSignal;
  /** Whether the coordinator has said that the gate is open. */
  readonly gateOpen: boolean;
  /** Asks for the gate, unless it is open; false when a cancel request came first. */
  passGate(): Promise<boolean>;
  /** When the coordinator was last known to hold this attempt, in seconds since boot: what leases count from. */
  readonly acknowledgedAt: number;
  /** Calls back whenever that has moved. One listener, null for none. */
  onAcknowledged(listener: ((at: number) => void) | null): void;
  /** The attempt has entered a phase. */
  enterPhase(phase: Phase): void;
  /** An answer elsewhere (over HTTP) said that the attempt no longer owns its job. */
  fence(reason: string): void;
}

/** How the work ended: with the one outcome, or before anything was changed, so that another may do it. */
export type JobEnd =
  | {
      kind: 'outcome';
      outcome: AttemptOutcome;
      /** Sends again what the outcome names, which has been sent before: the coordinator misses something. */
      sendAgain: () => Promise<void>;
    }
  | { kind: 'not_started'; reason: string };

/** How an attempt ended. `abandoned`: the daemon ended before the coordinator had taken the outcome. */
export type AttemptEnd = 'settled' | 'handed_back' | 'fenced' | 'abandoned';

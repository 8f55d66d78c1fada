import type { Attachments, AttemptOutcome, AttemptSpec, Phase } from '@berth/protocol';
import type { StopLever } from './stopLever.js';

/** The work of one attempt, apart from what is said about it on the socket. */
export interface AttemptJob {
  /** Does the work, to its end or until the lever stops it. Called once. Never rejects. */
  run(control: AttemptControl): Promise<JobEnd>;
  /** The coordinator has answered a repeated accept: requests are made with this token from now on. */
  setToken(token: string): void;
  /**
   * The attempt was fenced and its work has ended: hands in what it made, for the case that it is of use. Resolves when
   * the coordinator has decided, or nobody waits for it any more. Never rejects.
   *
   * @param abandoned aborts when the daemon ends without it
   */
  salvage(abandoned: AbortSignal): Promise<void>;
  /** The attempt is over: lets go of everything. What is not known to be safe elsewhere is kept on disk. */
  close(end: AttemptEnd): Promise<void>;
}

/** What the work sees of its attempt. */
export interface AttemptControl {
  readonly spec: AttemptSpec;
  readonly lever: StopLever;
  /** Aborts when nobody waits for the outcome any more: requests end too. */
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
  /** An answer elsewhere said that the token is not known: another is asked for. */
  renewToken(): void;
  /** What the work has come to is on disk: the daemon may end without losing it. */
  outcomeKept(): void;
  /**
   * Waits until the coordinator has said that the attempt owns its job: known from the start, unless an earlier process
   * began it. Resolves too when nobody waits for it any more.
   */
  owned(): Promise<void>;
}

/** How the work ended. */
export type JobEnd =
  /** With the one outcome. */
  | {
      kind: 'outcome';
      outcome: AttemptOutcome;
      /** What goes with the outcome; null when everything has been uploaded. */
      attached: Attachments | null;
      /** Uploads what the outcome names, again or for the first time: the coordinator misses something. */
      sendAgain: () => Promise<AttemptOutcome>;
    }
  /** Before the gate, since the daemon is stopping: another may do it. */
  | { kind: 'hand_back'; reason: string }
  /** No engine that can change anything was started, whatever the gate: another may do it. */
  | {
      kind: 'not_started';
      reason: string;
      /** An earlier process died at it. */
      lost?: boolean;
    }
  /** Nothing is to be said: the attempt was fenced, or goes on in a later process. */
  | { kind: 'silent' };

/** How an attempt ended. `abandoned`: the daemon ended before the coordinator had taken the outcome. */
export type AttemptEnd = 'settled' | 'handed_back' | 'fenced' | 'abandoned';

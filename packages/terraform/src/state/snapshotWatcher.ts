import { stat } from 'node:fs/promises';
import { type Clock, systemClock } from '../clock.js';
import { copyValidState } from './copyValidState.js';
import type { StateFacts } from './stateReader.js';

export interface SnapshotWatcherOptions {
  /** The state file that the engine rewrites in place. */
  state: string;
  /** Where the last valid copy is kept; replaced by rename, so that who has it open reads on in the old one. */
  kept: string;
  /** sha256 of the state that the run began with: no snapshot. */
  initialSha256: string | null;
  /** A new valid snapshot was kept. */
  onSnapshot: (snapshot: StateFacts) => void;
  /** A snapshot could not be kept (a full disk…); the watching goes on. */
  onError: (error: unknown) => void;
  clock?: Clock | undefined;
}

/** At most one snapshot in this time. */
const INTERVAL_MS = 1_000;
/** After a look that met the engine writing. */
const RETRY_MS = 100;
/** Of a look, how many times its own time must pass until the next: a tenth of the time is spent reading at most. */
const REST_FACTOR = 9;

/**
 * Takes snapshots of a state while an engine works on it. The engine rewrites the file without a rename, so that many
 * looks find it empty or cut off; only valid copies count, and the last of them is kept as a file.
 *
 * States: idle → watching → stopped. While it watches it has one timer or one look under way.
 */
export class SnapshotWatcher {
  private state: 'idle' | 'watching' | 'stopped' = 'idle';
  private readonly clock: Clock;
  private cancelTimer: () => void = () => undefined;
  private looking: Promise<void> | null = null;
  /** Size and time of the file at the last look that was done with it. */
  private seen = '';
  private lastSha256: string | null;

  constructor(private readonly options: SnapshotWatcherOptions) {
    this.clock = options.clock ?? systemClock;
    this.lastSha256 = options.initialSha256;
  }

  start(): void {
    if (this.state !== 'idle') return;
    this.state = 'watching';
    this.schedule(INTERVAL_MS);
  }

  /** Ends the watching; settles when the last look is done. Twice is fine. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    this.cancelTimer();
    await this.looking;
  }

  private schedule(ms: number): void {
    this.cancelTimer = this.clock.after(ms, () => {
      this.looking = this.lookAndSchedule();
    });
  }

  private async lookAndSchedule(): Promise<void> {
    const began = this.clock.now();
    const found = await this.look().catch((error: unknown) => {
      this.options.onError(error);
      return 'unchanged' as const;
    });
    const rest = (this.clock.now() - began) * REST_FACTOR;
    this.looking = null;
    if (this.state === 'watching') this.schedule(Math.max(found === 'invalid' ? RETRY_MS : INTERVAL_MS, rest));
  }

  /** Takes a snapshot if there is a new valid one. */
  private async look(): Promise<'unchanged' | 'invalid' | 'taken'> {
    const { state, kept, onSnapshot } = this.options;
    const status = await stat(state, { bigint: true }).catch(() => null);
    // No file yet: the engine is planning.
    if (status === null) return 'unchanged';
    if (status.size === 0n) return 'invalid';
    const mark = `${status.size} ${status.mtimeNs}`;
    if (mark === this.seen) return 'unchanged';
    const reading = await copyValidState(state, kept, { outputs: false, resources: false });
    if (!reading.valid) return 'invalid';
    this.seen = mark;
    if (reading.sha256 === this.lastSha256) return 'unchanged';
    this.lastSha256 = reading.sha256;
    const { serial, lineage, engineVersion, sizeBytes, sha256 } = reading;
    onSnapshot({ serial, lineage, engineVersion, sizeBytes, sha256 });
    return 'taken';
  }
}

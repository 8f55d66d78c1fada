import { ExitWatch, type RunExit } from './exitWatch.js';
import { type Rung, readRungs, readStop, type StopMode, writeLease, writeStop } from './runFiles.js';
import type { RunFolder } from './runFolder.js';
import { type RunPids, readRunPids } from './runPids.js';

/**
 * A supervised run, held by the process that started it or by one that came later. It acts through the files of the run
 * alone; closing it, or the end of this process, leaves the run as it is.
 */
export class RunHandle {
  private readonly watch: ExitWatch;
  private readonly closing = new AbortController();

  constructor(
    readonly folder: RunFolder,
    supervisorGone: () => boolean,
  ) {
    this.watch = new ExitWatch(folder, supervisorGone);
  }

  /** Settles when the engine and its group are gone; never rejects. Stays pending after {@link close}. */
  get exited(): Promise<RunExit> {
    return this.watch.exited;
  }

  /** The processes of the run; null until the supervisor has recorded them, a few milliseconds after the start. */
  pids(): RunPids | null {
    return readRunPids(this.folder);
  }

  /** Lets the run go on until `deadline`, in seconds since boot ({@link secondsSinceBoot}). */
  renewLease(deadline: number): void {
    writeLease(this.folder, deadline);
  }

  /** Begins the stop ladder. Asked a second time, by whichever process, it goes to the plugin step. */
  stop(): StopMode {
    const mode = readStop(this.folder) === null ? 'soft' : 'hard';
    writeStop(this.folder, mode);
    return mode;
  }

  /** Whether somebody has asked the run to stop. */
  isStopping(): boolean {
    return readStop(this.folder) !== null;
  }

  /** Begins the stop ladder and goes to its plugin step at once. */
  stopHard(): void {
    writeStop(this.folder, 'hard');
  }

  /** The rungs of the stop ladder reached so far. */
  rungs(): Rung[] {
    return readRungs(this.folder);
  }

  /**
   * Looks now, for who has heard something elsewhere: whether the run has ended, and whether somebody watches over its
   * lease.
   */
  check(): void {
    this.watch.check();
  }

  /** Lets go of the run, which goes on; who follows it stops. */
  close(): void {
    this.watch.close();
    this.closing.abort();
  }

  /** Aborts with {@link close}. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }
}

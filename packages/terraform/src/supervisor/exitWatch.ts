import { type FSWatcher, watch } from 'node:fs';
import { isAlive } from './processIdentity.js';
import { isThisBoot, readExit, readRunPids } from './runFiles.js';
import type { RunFolder } from './runFolder.js';

/** How a run ended. */
export interface RunExit {
  /**
   * The exit code of the engine, 128 + N when signal N ended it; null when nobody recorded it, because the supervisor
   * was killed or the machine restarted. What happened must then be judged by the output.
   */
  code: number | null;
}

/** How often the safety net looks: file watches can be missed or used up, and a dead supervisor tells nobody. */
const POLL_MS = 2_000;

/**
 * Waits for the `exit` file of a run, never for a pid: only the file says that the engine and its group are gone, and
 * with which code. States: watching → ended, or watching → closed. While it watches it keeps one inotify watch and a
 * timer.
 */
export class ExitWatch {
  readonly exited: Promise<RunExit>;
  private watcher: FSWatcher | null = null;
  private timer: NodeJS.Timeout | null = null;
  private settle: (exit: RunExit) => void = () => undefined;

  /** @param supervisorGone says whether a supervisor that has written no pids yet can still be running */
  constructor(
    private readonly run: RunFolder,
    private readonly supervisorGone: () => boolean,
  ) {
    this.exited = new Promise(resolve => {
      this.settle = resolve;
    });
    this.listen();
    this.timer = setInterval(() => this.check(), POLL_MS);
    this.check();
  }

  /** Looks now: the caller has heard that the supervisor ended. */
  check(): void {
    if (this.timer === null) return;
    const code = readExit(this.run);
    if (code !== null) this.end({ code });
    // It may have written the file since the first look.
    else if (this.isGone()) this.end({ code: readExit(this.run) });
  }

  /** Stops watching; `exited` stays pending if it was. The run goes on. */
  close(): void {
    this.watcher?.close();
    this.watcher = null;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** The one file is watched: the folder would report every line of output. */
  private listen(): void {
    try {
      this.watcher = watch(this.run.exit, () => this.check());
      this.watcher.on('error', () => {
        this.watcher?.close();
        this.watcher = null;
      });
    } catch {
      // No inotify watch to be had: the timer finds it.
      this.watcher = null;
    }
  }

  /** Whether neither the supervisor nor the engine runs any more, so that no exit file will come. */
  private isGone(): boolean {
    if (!isThisBoot(this.run)) return true;
    const pids = readRunPids(this.run);
    if (pids === null) return this.supervisorGone();
    return !isAlive(pids.supervisor) && !isAlive(pids.child) && !isAlive(pids.engine);
  }

  private end(exit: RunExit): void {
    this.close();
    this.settle(exit);
  }
}

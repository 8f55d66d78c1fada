import { type FSWatcher, watch } from 'node:fs';
import { identify, isAlive, type ProcessIdentity } from './processIdentity.js';
import { readExit } from './runFiles.js';
import type { RunFolder } from './runFolder.js';
import { readKnownPids, recoverPids } from './runPids.js';
import { isThisBoot } from './runTerms.js';
import { readSandboxReport } from './sandboxReport.js';
import { watchAgain } from './watchAgain.js';

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
 * with which code. Where whoever could write it was killed, it sees to it that the run is watched all the same, and
 * ends when nothing of it is left. States: watching → ended, or watching → closed. While it watches it keeps one inotify
 * watch and a timer.
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
    const exit = readExit(this.run);
    if (exit !== null) this.end(exit);
    // It may have written the file since the first look.
    else if (this.isGone()) this.end(readExit(this.run) ?? { code: readSandboxReport(this.run).exitCode });
    else watchAgain(this.run);
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

  /** Whether nothing of the run lives any more, so that no exit will be recorded. */
  private isGone(): boolean {
    if (!isThisBoot(this.run)) return true;
    const { supervisor, watcher, child, engine } = readKnownPids(this.run);
    if (supervisor === null) return this.supervisorGone();
    if ([supervisor, watcher, child, engine].some(known => known !== null && isAlive(known))) return false;
    if (child === null && recoverPids(this.run)) return false;
    if (child !== null) killGroup(child);
    return true;
  }

  private end(exit: RunExit): void {
    this.close();
    this.settle(exit);
  }
}

/** Ends what a run has left in its process group, unless the number is a stranger's by now. */
function killGroup(leader: ProcessIdentity): void {
  const now = identify(leader.pid);
  if (now !== null && now.start !== leader.start) return;
  try {
    process.kill(-leader.pid, 'SIGKILL');
  } catch {
    // Nothing is left.
  }
}

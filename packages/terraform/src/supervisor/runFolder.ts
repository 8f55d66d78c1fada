import { join } from 'node:path';

/**
 * The files of one run: one supervisor with one engine process. Everything that another process needs to go on with a
 * run that it did not start stands here.
 */
export class RunFolder {
  constructor(readonly path: string) {}

  /** What the engine prints, stdout and stderr in one, appended. */
  get output(): string {
    return join(this.path, 'out');
  }

  /** Who runs: rows `ROLE PID START`, written by the supervisor. */
  get pids(): string {
    return join(this.path, 'pids');
  }

  /**
   * What the run was started with, in two lines: the id of the boot that pids and lease belong to; intervals and limits
   * as the supervisor reads them.
   */
  get terms(): string {
    return join(this.path, 'terms');
  }

  /** Until when the engine may run, in whole seconds since boot; renewed by rename. */
  get lease(): string {
    return join(this.path, 'lease');
  }

  /** Present when the run shall end: `soft` for the ladder, `hard` for its plugin step. */
  get stop(): string {
    return join(this.path, 'stop');
  }

  /** One line for each rung of the stop ladder that was reached. */
  get rungs(): string {
    return join(this.path, 'rungs');
  }

  /**
   * The exit code, once the engine and its process group are gone. Dashes stand in it from the start, so that a full disk
   * takes the code too.
   */
  get exit(): string {
    return join(this.path, 'exit');
  }

  /** What bwrap reports of the run; not there when it has no sandbox. */
  get sandbox(): string {
    return join(this.path, 'sandbox');
  }

  /** The state that the engine printed when it could not write it anywhere. */
  get emergencyState(): string {
    return join(this.path, 'emergency.tfstate');
  }
}

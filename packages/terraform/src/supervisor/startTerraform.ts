import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../attempt/environment.js';
import { TerraformError } from '../errors.js';
import { inheritableFiles } from './inheritableFiles.js';
import { defaultLadder, type LadderTimings } from './ladder.js';
import { findByArguments, identify, isAlive } from './processIdentity.js';
import { holdsRun, isThisBoot, prepareRun } from './runFiles.js';
import type { RunFolder } from './runFolder.js';
import { RunHandle } from './runHandle.js';

/** Beside `src/` and `dist/`, so that it is found from both. */
const script = fileURLToPath(new URL('../../processes/supervisor.sh', import.meta.url));

export interface StartRequest {
  /** Where the files of the run go: a folder of its own, made if it is not there. */
  run: RunFolder;
  /** The program: the engine, or a sandbox around it. Secrets never stand in `args`, which every user can read. */
  file: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment; nothing is added to it. */
  env: Readonly<Environment>;
  /** Until when it may run, in seconds since boot ({@link secondsSinceBoot}). */
  leaseDeadline: number;
  ladder?: Partial<LadderTimings> | undefined;
}

/**
 * Starts a program under a supervisor of its own, which outlives this process: it records the exit code and ends the
 * program when the lease is over. Returns as soon as the supervisor is started.
 *
 * @throws TerraformError `start_failed`
 */
export function startTerraform(request: StartRequest): RunHandle {
  const { pollMs, graceMs, stepMs } = { ...defaultLadder, ...request.ladder };
  prepareRun(request.run, request.leaseDeadline);
  const timings = [String(pollMs / 1000), String(Math.round(graceMs / 10)), String(Math.round(stepMs / 10))];
  const files = inheritableFiles();
  try {
    const supervisor = spawn('/bin/sh', [script, request.run.path, ...timings, request.file, ...request.args], {
      cwd: request.cwd,
      env: { ...request.env },
      detached: true,
      stdio: files.stdio,
    });
    const pid = supervisor.pid;
    if (pid === undefined) {
      // Why comes in an event; what can be said is said here already.
      supervisor.on('error', () => undefined);
      throw failed(request.cwd);
    }
    supervisor.unref();
    const identity = identify(pid);
    const handle = new RunHandle(request.run, () => identity === null || !isAlive(identity));
    supervisor.on('exit', () => handle.check());
    return handle;
  } finally {
    files.close();
  }
}

/**
 * A handle on a run that another process started, from its folder alone.
 *
 * @throws TerraformError `run_missing` when the folder holds no run
 */
export function attach(run: RunFolder): RunHandle {
  if (!holdsRun(run)) throw new TerraformError('run_missing', `${run.path} holds no run`);
  // The process that started it may have died before the supervisor wrote its pids: it is then known by its arguments.
  return new RunHandle(run, () => !isThisBoot(run) || findByArguments([script, run.path]).length === 0);
}

function failed(cwd: string): TerraformError {
  return new TerraformError('start_failed', `the supervisor could not be started in ${cwd}`, {
    hint: 'It needs /bin/sh, and the folder must be there.',
  });
}

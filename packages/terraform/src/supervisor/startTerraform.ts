import type { Environment } from '../attempt/environment.js';
import { TerraformError } from '../errors.js';
import { findByArguments } from './findProcesses.js';
import { identify, isAlive } from './processIdentity.js';
import type { RunFolder } from './runFolder.js';
import { RunHandle } from './runHandle.js';
import { holdsRun, isThisBoot, prepareRun, type RunTerms } from './runTerms.js';
import { spawnSupervisor, supervisorScript } from './supervisorScript.js';

export interface StartRequest extends RunTerms {
  /** Where the files of the run go: a folder of its own, made if it is not there. */
  run: RunFolder;
  /** The engine. Secrets never stand in `args`, which every user can read. */
  file: string;
  args: readonly string[];
  /** The sandbox to run it in: `bwrap` and its arguments, as `sandboxCommand` makes them; null for none. */
  sandbox?: readonly string[] | null | undefined;
  cwd: string;
  /** The whole environment; nothing is added to it. */
  env: Readonly<Environment>;
}

/**
 * Starts a program under a supervisor of its own, which outlives this process: it records the exit code and ends the
 * program when the lease is over. Returns as soon as the supervisor is started.
 *
 * @throws TerraformError `start_failed`
 */
export function startTerraform(request: StartRequest): RunHandle {
  const { run, file, args, sandbox, cwd, env } = request;
  prepareRun(run, request);
  const [mode, command] = sandbox ? ['bwrap', [...sandbox, file, ...args]] : ['bare', [file, ...args]];
  const supervisor = spawnSupervisor([mode, run.path, ...command], { cwd, env: { ...env } });
  const { pid } = supervisor;
  if (pid === undefined) {
    // Why comes in an event; what can be said is said here already.
    supervisor.on('error', () => undefined);
    throw failed(cwd);
  }
  const identity = identify(pid);
  const handle = new RunHandle(run, () => identity === null || !isAlive(identity));
  supervisor.on('exit', () => handle.check());
  return handle;
}

/**
 * A handle on a run that another process started, from its folder alone. Where the watcher of the run was killed, another
 * is started.
 *
 * @throws TerraformError `run_missing` when the folder holds no run
 */
export function attach(run: RunFolder): RunHandle {
  if (!holdsRun(run)) throw new TerraformError('run_missing', `${run.path} holds no run`);
  // The process that started it may have died before the supervisor wrote its pids: it is then known by its arguments.
  return new RunHandle(run, () => !isThisBoot(run) || findByArguments([supervisorScript, run.path]).length === 0);
}

function failed(cwd: string): TerraformError {
  return new TerraformError('start_failed', `the supervisor could not be started in ${cwd}`, {
    hint: 'It needs /bin/sh, and the folder must be there.',
  });
}

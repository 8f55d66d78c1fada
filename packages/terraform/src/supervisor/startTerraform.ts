import { TerraformError } from '../errors.js';
import { findByArguments } from './findProcesses.js';
import { ReadySupervisor, type RunCommand } from './readySupervisor.js';
import type { RunFolder } from './runFolder.js';
import { RunHandle } from './runHandle.js';
import { holdsRun, isThisBoot, type RunTerms } from './runTerms.js';
import { supervisorScript } from './supervisorScript.js';

export interface StartRequest extends RunTerms, RunCommand {}

/**
 * Starts a program under a supervisor of its own, which outlives this process: it records the exit code and ends the
 * program when the lease is over. Returns as soon as the supervisor is started.
 *
 * @throws TerraformError `start_failed`
 */
export function startTerraform(request: StartRequest): RunHandle {
  const supervisor = new ReadySupervisor(request);
  try {
    return supervisor.start(request);
  } catch (error) {
    supervisor.dismiss();
    throw error;
  }
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

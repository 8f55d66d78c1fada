import type { AttemptFolder } from '../attempt/attemptFolder.js';
import type { Environment } from '../attempt/environment.js';
import type { Engine } from '../engine/findEngine.js';
import type { EngineEvent } from '../output/engineEvent.js';
import type { LadderTimings } from '../supervisor/ladder.js';
import type { RunFolder } from '../supervisor/runFolder.js';
import type { RunHandle } from '../supervisor/runHandle.js';
import { startTerraform } from '../supervisor/startTerraform.js';
import { type FollowRunOptions, followRun, type OperationEnd } from './followRun.js';

/** What every operation of an attempt is run with. */
export interface OperationContext {
  engine: Engine;
  folder: AttemptFolder;
  /** Where the engine runs, if not in the attempt's work directory: a warm directory that is being built. */
  cwd?: string | undefined;
  /** From `terraformEnvironment`; what the attempt itself needs is added. */
  env: Readonly<Environment>;
  /** Until when a run that starts now may go on, in seconds since boot. */
  leaseDeadline: () => number;
  ladder?: Partial<LadderTimings> | undefined;
  /** Is given the events in order. When it has returned (settled), they are never read again: keep them before. */
  onEvents: (events: EngineEvent[]) => void | Promise<void>;
  /** Is given each run as it starts, to renew its lease and to stop it. */
  onStart?: ((run: RunHandle) => void) | undefined;
}

/** Runs the engine once under a supervisor and follows it to its end. Arguments never carry a secret. */
export async function operate(
  context: OperationContext,
  run: RunFolder,
  args: readonly string[],
  options: Pick<FollowRunOptions, 'keepOutput'> = {},
): Promise<OperationEnd> {
  const { engine, folder, env, onEvents } = context;
  const handle = startTerraform({
    run,
    file: engine.path,
    args,
    cwd: context.cwd ?? folder.work,
    env: operationEnvironment(env, folder),
    leaseDeadline: context.leaseDeadline(),
    ladder: context.ladder,
  });
  context.onStart?.(handle);
  return followRun(handle, { ...options, variablesFile: folder.variables, onEvents });
}

function operationEnvironment(env: Readonly<Environment>, folder: AttemptFolder): Environment {
  const tmp = folder.tmp === null ? {} : { TMPDIR: folder.tmp };
  return { ...env, ...tmp, TF_CLI_CONFIG_FILE: folder.cliConfig };
}

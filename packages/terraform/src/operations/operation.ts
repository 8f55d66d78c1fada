import type { AttemptFolder } from '../attempt/attemptFolder.js';
import type { Environment } from '../attempt/environment.js';
import type { Engine } from '../engine/findEngine.js';
import { guardHolds } from '../guards.js';
import type { EngineEvent } from '../output/engineEvent.js';
import type { Redactor } from '../redactor/redactor.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { sandboxCommand } from '../sandbox/sandboxCommand.js';
import type { LadderTimings, RunLimits } from '../supervisor/ladder.js';
import { ReadySupervisor, type RunCommand } from '../supervisor/readySupervisor.js';
import type { RunFolder } from '../supervisor/runFolder.js';
import type { RunHandle } from '../supervisor/runHandle.js';
import { type FollowRunOptions, followRun, type OperationEnd } from './followRun.js';

/** What the engine of an attempt is called with. */
export interface CommandContext {
  engine: Engine;
  folder: AttemptFolder;
  /** Where the engine runs, if not in the attempt's work directory: a warm directory that is being built. */
  cwd?: string | undefined;
  /** From `terraformEnvironment`; what the attempt itself needs is added. */
  env: Readonly<Environment>;
  /** Where the engine runs; null for no sandbox. */
  sandbox?: Sandbox | null | undefined;
  /** What the sandbox shows for reading beside what every engine sees: the warm directory that the attempt starts from. */
  readable?: readonly string[] | undefined;
}

/** What every operation of an attempt is run with. */
export interface OperationContext extends CommandContext {
  /** Until when a run that starts now may go on, in seconds since boot. */
  leaseDeadline: () => number;
  ladder?: Partial<LadderTimings> | undefined;
  limits?: RunLimits | undefined;
  /** What it finds is replaced in everything that is told of the engine; null for nothing. */
  redactor?: Redactor | null | undefined;
  /**
   * Is given the events in order, and the offset in the output behind them: where one who adopts the run goes on. When it
   * has returned (settled), they are never read again: keep them before. The first MiB of an output stays all the same.
   * The offset is 0 for what the engine did not say itself.
   */
  onEvents: (events: EngineEvent[], end: number) => void | Promise<void>;
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
  return startAndFollow(context, new ReadySupervisor(commandOf(context, run, args)), [], options);
}

/** The command of an operation. */
export function commandOf(context: CommandContext, run: RunFolder, args: readonly string[]): RunCommand {
  const cwd = context.cwd ?? context.folder.work;
  const env = operationEnvironment(context);
  return { run, file: context.engine.path, args, sandbox: sandboxOf(context, cwd, env), cwd, env };
}

/**
 * Tells a supervisor to go and follows the run to its end.
 *
 * @param more added to the arguments of its command
 */
export async function startAndFollow(
  context: OperationContext,
  supervisor: ReadySupervisor,
  more: readonly string[],
  options: Pick<FollowRunOptions, 'keepOutput'> = {},
): Promise<OperationEnd> {
  const { folder, onEvents, ladder, limits } = context;
  let handle: RunHandle;
  try {
    handle = supervisor.start({ leaseDeadline: context.leaseDeadline(), ladder, limits }, more);
  } finally {
    supervisor.dismiss();
  }
  context.onStart?.(handle);
  const redactor = context.redactor ?? null;
  return followRun(handle, { ...options, variablesFile: folder.variables, redactor, onEvents });
}

/** Of the attempt's folder the template sees the work directory and what the engine is told to read, no more. */
function sandboxOf(context: CommandContext, work: string, env: Environment): string[] | null {
  const { sandbox, folder, readable = [] } = context;
  if (sandbox == null || !guardHolds('terraform.sandbox')) return null;
  return sandboxCommand(sandbox, {
    work,
    writable: folder.tmp === null ? [] : [folder.tmp],
    readable: [...readable, folder.variables, folder.cliConfig],
    env,
  });
}

function operationEnvironment({ env, folder, sandbox }: CommandContext): Environment {
  // The system's folder for temporary files may be named by the environment; inside a sandbox it is always this one.
  const tmp = folder.tmp ?? (sandbox == null ? null : '/tmp');
  return {
    ...env,
    // Tools that keep a cache want to write it, and neither the home folder nor what the environment names is there.
    ...(sandbox == null ? {} : { XDG_CACHE_HOME: `${tmp}/cache` }),
    ...(tmp === null ? {} : { TMPDIR: tmp }),
    TF_CLI_CONFIG_FILE: folder.cliConfig,
  };
}

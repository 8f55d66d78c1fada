import { ReadySupervisor } from '../supervisor/readySupervisor.js';
import type { OperationEnd } from './followRun.js';
import { type CommandContext, commandOf, type OperationContext, startAndFollow } from './operation.js';

/**
 * Makes a supervisor ready for the apply of an attempt, before it is known whether there will be one. To be given to
 * {@link apply}, or dismissed.
 */
export function readyApply(context: CommandContext): ReadySupervisor {
  const args = ['apply', '-json', '-auto-approve', '-input=false', `-var-file=${context.folder.variables}`];
  return new ReadySupervisor(commandOf(context, context.folder.run('apply'), args));
}

/**
 * Applies the configuration in one run, plan and apply together, without asking. The variables file must be there
 * (`writeVariables`). What it ends with as a state is for `chooseFinalState` to say.
 *
 * @param destroy delete everything instead
 * @param ready from {@link readyApply} with the same context; made here when there is none
 */
export async function apply(
  context: OperationContext,
  destroy = false,
  ready: ReadySupervisor | null = null,
): Promise<OperationEnd> {
  return startAndFollow(context, ready ?? readyApply(context), destroy ? ['-destroy'] : []);
}

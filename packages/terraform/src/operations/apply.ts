import type { OperationEnd } from './followRun.js';
import { type OperationContext, operate } from './operation.js';

/**
 * Applies the configuration in one run, plan and apply together, without asking. The variables file must be there
 * (`writeVariables`). What it ends with as a state is for `chooseFinalState` to say.
 *
 * @param destroy delete everything instead
 */
export async function apply(context: OperationContext, destroy = false): Promise<OperationEnd> {
  return operate(context, context.folder.run('apply'), [
    'apply',
    '-json',
    '-auto-approve',
    '-input=false',
    `-var-file=${context.folder.variables}`,
    ...(destroy ? ['-destroy'] : []),
  ]);
}

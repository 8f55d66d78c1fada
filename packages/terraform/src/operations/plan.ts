import type { OperationEnd } from './followRun.js';
import { type OperationContext, operate } from './operation.js';

/**
 * Plans without changing anything. The variables file must be there (`writeVariables`); a variable that has neither a
 * value nor a default is an error.
 *
 * @param destroy plan the deletion of everything instead
 */
export async function plan(context: OperationContext, destroy = false): Promise<OperationEnd> {
  return operate(context, context.folder.run('plan'), [
    'plan',
    '-json',
    '-input=false',
    `-var-file=${context.folder.variables}`,
    ...(destroy ? ['-destroy'] : []),
  ]);
}

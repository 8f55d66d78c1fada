import type { OperationEnd } from './followRun.js';
import { type OperationContext, operate } from './operation.js';

export interface PlanOptions {
  /** Plan the deletion of everything instead. */
  destroy?: boolean;
  /** Where the plan is written, for `showPlan`: a name in the work directory. Nowhere unless given. */
  file?: string;
  /** Plan on the state as it is, without asking for what has become of the resources. */
  stateAlone?: boolean;
}

/**
 * Plans without changing anything. The variables file must be there (`writeVariables`); a variable that has neither a
 * value nor a default is an error.
 */
export async function plan(context: OperationContext, options: PlanOptions = {}): Promise<OperationEnd> {
  const { destroy = false, file, stateAlone = false } = options;
  return operate(context, context.folder.run(stateAlone ? 'plan-2' : 'plan'), [
    'plan',
    '-json',
    '-input=false',
    `-var-file=${context.folder.variables}`,
    ...(destroy ? ['-destroy'] : []),
    ...(file === undefined ? [] : [`-out=${file}`]),
    ...(stateAlone ? ['-refresh=false'] : []),
  ]);
}

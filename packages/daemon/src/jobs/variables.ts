import { BERTH_VARIABLE, type BerthVariable, type JsonValue, type VariableValue } from '@berth/protocol';
import { writeVariables } from '@berth/terraform';
import type { JobContext } from './jobContext.js';
import type { WarmNotes } from './warmTemplates.js';

/** Writes the variables file of a job: the values that it was given, and `berth`, each if the template declares it. */
export function writeJobVariables(job: JobContext, declared: WarmNotes['variables']): void {
  const names = declared.map(variable => variable.name);
  writeVariables(job.folder.variables, variableValues(job.spec.variables, job.spec.berth), names);
}

/** Values by name; those given do not reach `berth`, which is ours. */
export function variableValues(
  given: readonly Omit<VariableValue, 'sensitive'>[],
  berth: BerthVariable,
): Record<string, JsonValue> {
  return { ...Object.fromEntries(given.map(({ name, value }) => [name, value])), [BERTH_VARIABLE]: berth };
}

import { BERTH_VARIABLE, type BerthVariable, type JsonValue, type VariableValue } from '@berth/protocol';
import { writeVariables } from '@berth/terraform';
import type { JobContext } from './jobContext.js';
import type { WarmNotes } from './warmTemplates.js';

/** Writes the variables file of a job: the values that it was given, and `berth`, each if the template declares it. */
export function writeJobVariables(job: JobContext, declared: WarmNotes['variables']): void {
  writeValues(job, declared, variableValues(job.spec.variables, job.spec.berth));
}

/** The same with values of the caller's. */
export function writeValues(
  job: JobContext,
  declared: WarmNotes['variables'],
  values: Readonly<Record<string, JsonValue>>,
): void {
  writeVariables(
    job.folder.variables,
    values,
    declared.map(variable => variable.name),
  );
}

/** Values by name; those given do not reach `berth`, which is ours. */
export function variableValues(
  given: readonly Omit<VariableValue, 'sensitive'>[],
  berth: BerthVariable,
): Record<string, JsonValue> {
  return { ...Object.fromEntries(given.map(({ name, value }) => [name, value])), [BERTH_VARIABLE]: berth };
}

import { z } from 'zod';
import { type JsonValue, jsonValue, typeConstraint } from './typeConstraint.js';

/** Name of the root variable that receives what a template sees of Berth. Never a parameter. */
export const BERTH_VARIABLE = 'berth';

/** A root variable as a template version declares it. */
export const variableDeclaration = z.object({
  name: z.string(),
  type: typeConstraint,
  description: z.string().nullable(),
  /** Whether it has a default; `default` is null both for none and for a default of null. */
  hasDefault: z.boolean(),
  default: jsonValue,
  sensitive: z.boolean(),
  nullable: z.boolean(),
  ephemeral: z.boolean(),
  /** Its `validation` blocks: the condition's source text and the message shown when it does not hold. */
  validations: z.array(z.object({ condition: z.string(), message: z.string() })),
});
export type VariableDeclaration = z.infer<typeof variableDeclaration>;

/** The value that one build gives to one variable. */
export const variableValue = z.object({ name: z.string(), value: jsonValue, sensitive: z.boolean() });
export type VariableValue = z.infer<typeof variableValue>;

/** Values by variable name, as requests carry them. A name left out means the default. */
export const parameterValues = z.record(z.string(), jsonValue);
export type ParameterValues = z.infer<typeof parameterValues>;

/** The value that has this name; undefined for none. A variable may well be called `constructor` or `toString`. */
export function valueNamed(values: ParameterValues, name: string): JsonValue | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** The variables that a workspace's user gives: all but `berth` and those that the push pinned. */
export function openVariables(
  declared: readonly VariableDeclaration[],
  pinned: readonly string[],
): VariableDeclaration[] {
  return declared.filter(variable => variable.name !== BERTH_VARIABLE && !pinned.includes(variable.name));
}

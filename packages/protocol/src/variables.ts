import { z } from 'zod';
import { BerthError } from './errors.js';
import { limits } from './limits.js';
import { formatType, type JsonValue, jsonValue, typeConstraint, typeError } from './typeConstraint.js';

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

/** The variables that a workspace's user gives: all but `berth` and those that the push pinned. */
export function openVariables(
  declared: readonly VariableDeclaration[],
  pinned: readonly string[],
): VariableDeclaration[] {
  return declared.filter(variable => variable.name !== BERTH_VARIABLE && !pinned.includes(variable.name));
}

/**
 * Checks parameters against the open variables of a version: unknown names, wrong types, nulls where none may be, and
 * missing values. Every problem is reported at once, by field `parameters.NAME`.
 *
 * @throws BerthError `unknown_parameter`, `invalid_parameter` or `missing_parameter`; values are never part of it
 */
export function checkParameters(open: readonly VariableDeclaration[], given: ParameterValues): void {
  const known = new Map(open.map(variable => [variable.name, variable]));
  const unknown = Object.keys(given).filter(name => !known.has(name));
  if (unknown.length > 0) {
    throw new BerthError('unknown_parameter', `the template has no parameter ${unknown.map(quote).join(', ')}`, {
      hint: open.length === 0 ? 'It has none.' : `It has: ${open.map(variable => variable.name).join(', ')}.`,
      fields: fields(unknown, () => 'unknown'),
    });
  }
  const wrong = new Map<string, string>();
  for (const [name, value] of Object.entries(given)) {
    const variable = known.get(name);
    const error = variable && parameterError(variable, value);
    if (error) wrong.set(name, error);
  }
  if (wrong.size > 0) throw invalid(wrong);
  const missing = open.filter(variable => !variable.hasDefault && given[variable.name] === undefined);
  if (missing.length > 0) {
    throw new BerthError(
      'missing_parameter',
      `the template needs ${missing.map(variable => quote(variable.name)).join(', ')}`,
      {
        fields: fields(
          missing.map(variable => variable.name),
          name => `needs a value of type ${formatType(known.get(name)?.type ?? 'dynamic')}`,
        ),
      },
    );
  }
  if (JSON.stringify(given).length > limits.variablesBytes) {
    throw new BerthError(
      'limit_exceeded',
      `the parameters are larger than ${limits.variablesBytes / 1024} KiB together`,
    );
  }
}

/** What is wrong with the type of one value, or null. The text never holds the value itself. */
export function parameterError(variable: VariableDeclaration, value: JsonValue): string | null {
  if (value === null) return variable.nullable ? null : 'must not be null';
  const error = typeError(variable.type, value);
  return error === null ? null : `${error} (its type is ${formatType(variable.type)})`;
}

/**
 * Checks values, whose types are right, against the `validation` blocks of their variables, as far as that can be told
 * without Terraform; what cannot is left to the build. Evaluating conditions is loaded when it is first needed.
 *
 * @throws BerthError `invalid_parameter` with the messages of the blocks
 */
export async function checkValidations(
  declared: readonly VariableDeclaration[],
  given: ParameterValues,
): Promise<void> {
  const checked = declared.filter(({ name, validations }) => validations.length > 0 && given[name] !== undefined);
  if (checked.length === 0) return;
  const { conditionHolds } = await import('./condition/index.js');
  const broken = checked.flatMap(variable => {
    const value = given[variable.name] ?? null;
    const messages = variable.validations
      .filter(({ condition }) => conditionHolds(condition, variable, value) === false)
      .map(({ message }) => message);
    return messages.length === 0 ? [] : [[variable.name, messages.join(' ')] as const];
  });
  if (broken.length > 0) throw invalid(new Map(broken));
}

function invalid(wrong: Map<string, string>): BerthError {
  const message = [...wrong].map(([name, error]) => `parameter '${name}': ${error}`).join('; ');
  return new BerthError('invalid_parameter', message, {
    fields: fields([...wrong.keys()], name => wrong.get(name) ?? ''),
  });
}

function fields(names: string[], message: (name: string) => string): Record<string, string> {
  return Object.fromEntries(names.map(name => [`parameters.${name}`, message(name)]));
}

function quote(name: string): string {
  return `'${name}'`;
}

import { BerthError, type ErrorCode } from './errors.js';
import { limits } from './limits.js';
import { nearestName } from './nearestName.js';
import { formatType, type JsonValue, typeError } from './typeConstraint.js';
import { type ParameterValues, type VariableDeclaration, valueNamed } from './variables.js';

/** What is wrong with one parameter of a request. Texts never hold a value. */
export interface ParameterProblem {
  name: string;
  code: Extract<ErrorCode, 'unknown_parameter' | 'invalid_parameter' | 'missing_parameter'>;
  text: string;
}

/**
 * Everything that is wrong with parameters, judged by the open variables of a version: unknown names, wrong types, nulls
 * where none may be, values that a `validation` block refuses as far as that can be told without Terraform (what cannot is
 * left to the build), and missing ones. Evaluating conditions is loaded when it is first needed.
 */
export async function findProblems(
  open: readonly VariableDeclaration[],
  given: ParameterValues,
): Promise<ParameterProblem[]> {
  const names = open.map(variable => variable.name);
  const problems: ParameterProblem[] = [];
  for (const [name, value] of Object.entries(given)) {
    const variable = open.find(one => one.name === name);
    if (variable === undefined) {
      const nearest = nearestName(name, names);
      const text = nearest === null ? 'unknown' : `unknown; did you mean '${nearest}'?`;
      problems.push({ name, code: 'unknown_parameter', text });
      continue;
    }
    const error = parameterError(variable, value) ?? (await validationError(variable, value));
    if (error !== null) problems.push({ name, code: 'invalid_parameter', text: error });
  }
  for (const variable of open) {
    if (variable.hasDefault || valueNamed(given, variable.name) !== undefined) continue;
    const again = variable.ephemeral ? ' at each build: it is ephemeral, and never kept' : '';
    const text = `needs a value of type ${formatType(variable.type)}${again}`;
    problems.push({ name: variable.name, code: 'missing_parameter', text });
  }
  return problems;
}

/** @throws BerthError of {@link problemsError}; `limit_exceeded` */
export async function checkParameters(open: readonly VariableDeclaration[], given: ParameterValues): Promise<void> {
  const problems = await findProblems(open, given);
  if (problems.length > 0) throw problemsError(problems, open);
  if (JSON.stringify(given).length > limits.variablesBytes) {
    throw new BerthError(
      'limit_exceeded',
      `the parameters are larger than ${limits.variablesBytes / 1024} KiB together`,
    );
  }
}

/**
 * The error that tells every problem, by field `parameters.NAME`: `unknown_parameter` or `missing_parameter` where all are
 * of that kind, else `invalid_parameter`.
 *
 * @param problems at least one
 */
export function problemsError(problems: readonly ParameterProblem[], open: readonly VariableDeclaration[]): BerthError {
  const [first] = problems;
  const code = problems.every(problem => problem.code === first?.code) ? first?.code : undefined;
  const fields = Object.fromEntries(problems.map(({ name, text }) => [`parameters.${name}`, text]));
  return new BerthError(code ?? 'invalid_parameter', messageOf(problems, code), { fields, ...hintOf(problems, open) });
}

function messageOf(problems: readonly ParameterProblem[], code: ParameterProblem['code'] | undefined): string {
  const names = problems.map(({ name }) => `'${name}'`).join(', ');
  if (code === 'unknown_parameter') return `the template has no parameter ${names}`;
  if (code === 'missing_parameter') return `the template needs ${names}`;
  const [only, second] = problems;
  if (only !== undefined && second === undefined) return `parameter '${only.name}': ${only.text}`;
  return `${problems.length} parameters are not right`;
}

/** Names what there is for those who mistyped it. */
function hintOf(problems: readonly ParameterProblem[], open: readonly VariableDeclaration[]): { hint?: string } {
  if (!problems.some(({ code }) => code === 'unknown_parameter')) return {};
  if (open.length === 0) return { hint: 'It has none.' };
  return { hint: `The template has: ${open.map(variable => variable.name).join(', ')}.` };
}

/**
 * What is wrong with the type of one value, or null. The text never holds the value itself. Null stands for the default
 * where the variable takes no null but has a default.
 */
export function parameterError(variable: VariableDeclaration, value: JsonValue): string | null {
  if (value === null) return variable.nullable || variable.hasDefault ? null : 'must not be null';
  const error = typeError(variable.type, value);
  return error === null ? null : `${error} (its type is ${formatType(variable.type)})`;
}

/** The messages of the `validation` blocks that refuse a value whose type is right; null where none does. */
export async function validationError(variable: VariableDeclaration, value: JsonValue): Promise<string | null> {
  const judged = value ?? (variable.nullable ? null : variable.default);
  if (variable.validations.length === 0) return null;
  const { conditionHolds } = await import('./condition/index.js');
  const broken = variable.validations.filter(({ condition }) => conditionHolds(condition, variable, judged) === false);
  return broken.length === 0 ? null : broken.map(({ message }) => message).join(' ');
}

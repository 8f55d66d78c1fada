import { convertValue, type JsonValue, type TypeConstraint } from '../typeConstraint.js';
import { evaluate } from './evaluate.js';
import { NoValue, Undecided } from './noAnswer.js';
import { parse } from './parse.js';

/**
 * Whether the condition of a variable's `validation` block holds for a value, as far as it can be told without
 * Terraform; null where it cannot. Terraform remains the judge of every build: this only tells people earlier, so
 * whatever is doubtful is null, never false.
 *
 * @param condition source text of the expression
 */
export function conditionHolds(
  condition: string,
  variable: { name: string; type: TypeConstraint },
  value: JsonValue,
): boolean | null {
  try {
    const result = evaluate(parse(condition), { var: { [variable.name]: convertValue(variable.type, value) } });
    return typeof result === 'boolean' ? result : null;
  } catch (error) {
    if (error instanceof Undecided || error instanceof NoValue) return null;
    throw error;
  }
}

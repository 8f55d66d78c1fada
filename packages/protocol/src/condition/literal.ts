import type { JsonValue } from '../typeConstraint.js';
import { Undecided } from './noAnswer.js';
import { type Expression, parse } from './parse.js';

/** The value of a text in Terraform's own syntax that computes nothing: `["a"]`, `{ size = 5 }`; else undefined. */
export function literalValue(text: string): JsonValue | undefined {
  try {
    return constantOf(parse(text));
  } catch (error) {
    if (error instanceof Undecided) return undefined;
    throw error;
  }
}

function constantOf(expression: Expression): JsonValue {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'minus': {
      const value = constantOf(expression.of);
      if (typeof value === 'number') return -value;
      throw new Undecided('a minus');
    }
    case 'list':
      return expression.items.map(constantOf);
    case 'object':
      return Object.fromEntries(expression.entries.map(([key, value]) => [String(constantOf(key)), constantOf(value)]));
    default:
      throw new Undecided('a computation');
  }
}

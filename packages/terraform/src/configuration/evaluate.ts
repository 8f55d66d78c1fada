import type { JsonValue } from '../jsonValue.js';
import { type Expression, objectMembers, type ParsedExpression } from './expression.js';
import { unescapeQuoted, unescapeTemplate } from './templateText.js';

/**
 * Value of a constant expression, as the default of a variable may be one: literals, arithmetic, comparisons,
 * conditions and text made of these. Undefined for what else the engine would take (loops, indexes).
 */
export function evaluate(parsed: ParsedExpression): JsonValue | undefined {
  const { tree } = parsed;
  const inner = (child: Expression | undefined): JsonValue | undefined =>
    child === undefined ? undefined : evaluate({ ...parsed, tree: child });
  const [first, second, third] = tree.children;
  switch (tree.type) {
    case 'literalValue':
      return literal(tree);
    case 'template':
      return text(parsed);
    case 'templateWrap':
      return inner(first);
    case '':
      return tree.children.length === 1 ? inner(first) : undefined;
    case 'tuple':
      return allOf(tree.children.map(inner));
    case 'object':
      return object(parsed);
    case 'unaryOp':
      return unary(tree.meta?.operator, inner(first));
    case 'binaryOp':
      return binary(tree.meta?.operator, inner(first), inner(second));
    case 'conditional':
      return choose(inner(first), inner(second), inner(third));
    default:
      return undefined;
  }
}

function literal(tree: Expression): JsonValue | undefined {
  const source = tree.meta?.value ?? '';
  switch (tree.meta?.type) {
    case 'number':
      return Number(source);
    case 'bool':
      return source === 'true';
    case 'dynamic':
      return null;
    default:
      return source;
  }
}

/** Pieces of text and values between them. In a heredoc a backslash is a backslash. */
function text(parsed: ParsedExpression): string | undefined {
  const quoted = parsed.tree.meta?.value?.startsWith('"') === true;
  const heredoc = parsed.tree.meta?.value?.startsWith('<<') === true;
  let whole = '';
  for (const tree of parsed.tree.children) {
    const value = evaluate({ ...parsed, tree });
    if (tree.type === 'literalValue' && tree.meta?.type === 'string') {
      whole += unescapeTemplate(quoted ? unescapeQuoted(String(value)) : String(value));
    } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      whole += String(value);
    } else {
      return undefined;
    }
  }
  // The heredoc is the converter's way to hold a text that has expressions in it; its last line break is not ours.
  return heredoc && whole.endsWith('\n') ? whole.slice(0, -1) : whole;
}

function object(parsed: ParsedExpression): JsonValue | undefined {
  const members: [string, JsonValue][] = [];
  for (const { key, name, value: tree } of objectMembers(parsed)) {
    const computed = name ?? evaluate({ ...parsed, tree: key });
    const value = evaluate({ ...parsed, tree });
    if (computed === undefined || typeof computed === 'object' || value === undefined) return undefined;
    members.push([String(computed), value]);
  }
  return Object.fromEntries(members);
}

function unary(operator: string | undefined, value: JsonValue | undefined): JsonValue | undefined {
  if (operator === 'negate' && typeof value === 'number') return -value;
  return operator === 'logicalNot' && typeof value === 'boolean' ? !value : undefined;
}

function binary(
  operator: string | undefined,
  a: JsonValue | undefined,
  b: JsonValue | undefined,
): JsonValue | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (operator === 'equal') return isEqual(a, b);
  if (operator === 'notEqual') return !isEqual(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') {
    return operator === 'logicalAnd' ? a && b : operator === 'logicalOr' ? a || b : undefined;
  }
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  return compare(operator, a, b) ?? calculate(operator, a, b);
}

function compare(operator: string | undefined, a: number, b: number): boolean | undefined {
  switch (operator) {
    case 'greaterThan':
      return a > b;
    case 'greaterThanOrEqual':
      return a >= b;
    case 'lessThan':
      return a < b;
    case 'lessThanOrEqual':
      return a <= b;
    default:
      return undefined;
  }
}

function calculate(operator: string | undefined, a: number, b: number): number | undefined {
  const result = { add: a + b, subtract: a - b, multiply: a * b, divide: a / b, modulo: a % b }[operator ?? ''];
  // The engine counts with far more digits: 0.1 + 0.2 is 0.3 there.
  return result === undefined || !Number.isFinite(result) ? undefined : Number(result.toPrecision(15));
}

/** The engine turns both branches into one type; here they must have it already, and be no lists or objects. */
function choose(
  condition: JsonValue | undefined,
  a: JsonValue | undefined,
  b: JsonValue | undefined,
): JsonValue | undefined {
  if (typeof condition !== 'boolean' || typeof a !== typeof b || typeof a === 'object') return undefined;
  return condition ? a : b;
}

function isEqual(a: JsonValue, b: JsonValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function allOf(values: (JsonValue | undefined)[]): JsonValue[] | undefined {
  const known = values.filter(value => value !== undefined);
  return known.length === values.length ? known : undefined;
}

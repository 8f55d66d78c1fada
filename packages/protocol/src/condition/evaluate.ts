import type { JsonValue } from '../typeConstraint.js';
import { callFunction } from './functions.js';
import { NoValue, Undecided } from './noAnswer.js';
import type { Expression } from './parse.js';

/** Names that an expression may use, with their values. */
type Scope = Readonly<Record<string, JsonValue>>;

/**
 * The value of an expression. Throws {@link Undecided} where only Terraform can tell, {@link NoValue} where Terraform
 * would report an error.
 */
export function evaluate(expression: Expression, scope: Scope): JsonValue {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'name': {
      const value = Object.hasOwn(scope, expression.name) ? scope[expression.name] : undefined;
      if (value === undefined) throw new Undecided(`the name '${expression.name}'`);
      return value;
    }
    case 'attribute':
      return attribute(evaluate(expression.of, scope), evaluate(expression.key, scope));
    case 'list':
      return expression.items.map(item => evaluate(item, scope));
    case 'object':
      return Object.fromEntries(
        expression.entries.map(([key, value]) => [String(evaluate(key, scope)), evaluate(value, scope)]),
      );
    case 'for':
      return loop(expression, scope);
    case 'call':
      return call(expression.name, expression.arguments, scope);
    case 'not':
      return !boolean(evaluate(expression.of, scope));
    case 'minus':
      return -number(evaluate(expression.of, scope));
    case 'binary':
      return binary(expression, scope);
    case 'choice':
      return evaluate(boolean(evaluate(expression.when, scope)) ? expression.then : expression.otherwise, scope);
  }
}

/** `can` and `try` look at whether their argument has a value, so they are evaluated here and not by value. */
function call(name: string, given: Expression[], scope: Scope): JsonValue {
  if (name === 'can' && given[0] !== undefined) return hasValue(given[0], scope);
  if (name === 'try') {
    const good = given.find(argument => hasValue(argument, scope));
    if (good === undefined) throw new NoValue('try');
    return evaluate(good, scope);
  }
  return callFunction(
    name,
    given.map(argument => evaluate(argument, scope)),
  );
}

function hasValue(expression: Expression, scope: Scope): boolean {
  try {
    evaluate(expression, scope);
    return true;
  } catch (error) {
    if (error instanceof NoValue) return false;
    throw error;
  }
}

function attribute(of: JsonValue, key: JsonValue): JsonValue {
  if (of === null) throw new NoValue('an attribute of null');
  if (Array.isArray(of)) {
    const value = of[number(key)];
    if (value === undefined) throw new NoValue('an index out of range');
    return value;
  }
  if (typeof of !== 'object' || typeof key !== 'string') throw new Undecided('an attribute');
  // A missing attribute is an error of a map and of an object, but what counts as missing depends on the type.
  const value = Object.hasOwn(of, key) ? of[key] : undefined;
  if (value === undefined) throw new Undecided('a missing attribute');
  return value;
}

function loop(expression: Extract<Expression, { kind: 'for' }>, scope: Scope): JsonValue {
  const over = evaluate(expression.over, scope);
  if (over === null || typeof over !== 'object') throw new NoValue('a for over no collection');
  const pairs: [JsonValue, JsonValue][] = Array.isArray(over)
    ? over.map((value, i) => [i, value])
    : Object.entries(over).sort(([a], [b]) => (a < b ? -1 : 1));
  const [first, second] = expression.names;
  const inner = pairs.map(([key, value]): Scope => {
    if (first === undefined) return scope;
    return second === undefined ? { ...scope, [first]: value } : { ...scope, [first]: key, [second]: value };
  });
  const { when } = expression;
  return inner
    .filter(names => when === null || boolean(evaluate(when, names)))
    .map(names => evaluate(expression.yields, names));
}

function binary({ sign, left, right }: Extract<Expression, { kind: 'binary' }>, scope: Scope): JsonValue {
  // Terraform up to 1.11 evaluates both sides of && and ||, later ones may not: an error on the right is left to it.
  const a = evaluate(left, scope);
  const b = evaluate(right, scope);
  switch (sign) {
    case '||':
      return boolean(a) || boolean(b);
    case '&&':
      return boolean(a) && boolean(b);
    case '==':
      return same(a, b);
    case '!=':
      return !same(a, b);
    case '<':
      return number(a) < number(b);
    case '>':
      return number(a) > number(b);
    case '<=':
      return number(a) <= number(b);
    case '>=':
      return number(a) >= number(b);
    default:
      return exact(calculate(sign, exact(number(a)), exact(number(b))));
  }
}

function calculate(sign: string, a: number, b: number): number {
  if (sign === '+') return a + b;
  if (sign === '-') return a - b;
  if (sign === '*') return a * b;
  if (b === 0) throw new NoValue('division by zero');
  return sign === '/' ? a / b : a % b;
}

/** Terraform calculates with 512 bits: only where a double is exact do both agree. */
function exact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Undecided('a fraction or so large a number');
  return value;
}

/** Equality of primitives of one type, and with null; whole collections compare by their types, which are not known here. */
function same(a: JsonValue, b: JsonValue): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === 'object' || typeof b === 'object' || typeof a !== typeof b) throw new Undecided('such a comparison');
  return typeof a === 'number' ? number(a) === number(b) : a === b;
}

function number(value: JsonValue): number {
  if (value === null) throw new NoValue('null is no number');
  if (typeof value !== 'number' || Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new Undecided('such a number');
  return value;
}

function boolean(value: JsonValue): boolean {
  if (value === null) throw new NoValue('null is no bool');
  if (typeof value !== 'boolean') throw new Undecided('a conversion to bool');
  return value;
}

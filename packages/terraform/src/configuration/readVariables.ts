import type { JsonValue } from '../jsonValue.js';
import { type Body, type FileBlocks, toBodies } from './blocks.js';
import type { Validation, Variable } from './configuration.js';
import { convertDefault } from './convertDefault.js';
import { evaluate } from './evaluate.js';
import type { ParsedExpression } from './expression.js';
import { readType } from './readType.js';
import { expressionSource, isTemplate, unescapeTemplate } from './templateText.js';

type Syntax = FileBlocks['syntax'];
type Expressions = ReadonlyMap<string, ParsedExpression>;

/** The text under which the syntax tree of a type is looked up. */
export function typeKey(type: string): string {
  return type.startsWith('${') ? type : `\${${type}}`;
}

/**
 * Puts the variables of all files together, in the order in which they are declared. An override file changes the
 * arguments that it names of a variable that stands elsewhere; validations it cannot change.
 */
export function readVariables(files: readonly FileBlocks[], expressions: Expressions): Variable[] {
  const variables = new Map<string, Variable>();
  for (const { syntax, override, variables: blocks } of files) {
    for (const { name, body } of blocks) {
      const earlier = variables.get(name);
      // Twice in files that are no overrides is an error, which the engine reports best.
      if ((earlier !== undefined) !== override) continue;
      const variable = { ...(earlier ?? emptyVariable(name)), ...readArguments(body, syntax, expressions) };
      if (!override) variable.validations = readValidations(body, syntax);
      variables.set(name, variable);
    }
  }
  return [...variables.values()].map(variable => {
    return { ...variable, default: convertDefault(variable.default, variable.type) };
  });
}

function emptyVariable(name: string): Variable {
  return {
    name,
    type: 'dynamic',
    typeSource: 'any',
    hasDefault: false,
    default: null,
    defaultSource: null,
    description: null,
    sensitive: false,
    nullable: true,
    ephemeral: false,
    validations: [],
  };
}

/** The arguments that a block has; those it leaves out are not part of the result. */
function readArguments(body: Body, syntax: Syntax, expressions: Expressions): Partial<Variable> {
  const found: Partial<Variable> = {};
  if (typeof body.type === 'string') {
    const parsed = expressions.get(typeKey(body.type));
    found.type = (parsed && readType(parsed)) ?? 'dynamic';
    found.typeSource = expressionSource(body.type);
  }
  if (body.default !== undefined) {
    const value = syntax === 'json' ? body.default : nativeValue(body.default, expressions);
    found.hasDefault = true;
    found.default = value ?? null;
    found.defaultSource = value === undefined ? sourceOf(body.default) : null;
  }
  if (typeof body.description === 'string') found.description = plainText(body.description, syntax);
  for (const name of ['sensitive', 'nullable', 'ephemeral'] as const) {
    if (body[name] !== undefined) found[name] = body[name] === true || body[name] === 'true';
  }
  return found;
}

/** A default of a native file: undefined where it is an expression that cannot be worked out here. */
export function nativeValue(value: JsonValue, expressions: Expressions): JsonValue | undefined {
  if (typeof value === 'string') {
    if (!isTemplate(value)) return unescapeTemplate(value);
    const parsed = expressions.get(value);
    return parsed && evaluate(parsed);
  }
  if (Array.isArray(value)) {
    const items = value.map(item => nativeValue(item, expressions));
    return items.includes(undefined) ? undefined : items.filter(item => item !== undefined);
  }
  if (value === null || typeof value !== 'object') return value;
  const members: [string, JsonValue][] = [];
  for (const [key, item] of Object.entries(value)) {
    const name = nativeValue(key, expressions);
    const member = nativeValue(item, expressions);
    if (name === undefined || member === undefined) return undefined;
    members.push([String(name), member]);
  }
  return Object.fromEntries(members);
}

function sourceOf(value: JsonValue): string {
  return typeof value === 'string' ? expressionSource(value) : JSON.stringify(value);
}

function readValidations(body: Body, syntax: Syntax): Validation[] {
  return toBodies(body.validation).map(({ condition, error_message: message }) => ({
    condition: typeof condition === 'string' ? expressionSource(condition) : JSON.stringify(condition ?? null),
    message: typeof message === 'string' ? plainText(message, syntax) : '',
  }));
}

/** A text for people; one that is made of expressions is shown as it is written. */
export function plainText(text: string, syntax: Syntax): string {
  return syntax === 'json' || isTemplate(text) ? text : unescapeTemplate(text);
}

import { z } from 'zod';

/**
 * A Terraform type constraint in the JSON form that Terraform's own schema output uses: `"string"`, `"number"`, `"bool"`,
 * `"dynamic"` (any), `["list", T]`, `["set", T]`, `["map", T]`, `["tuple", [T…]]`, `["object", {name: T…}]` or, with
 * optional attributes, `["object", {name: T…}, ["name"…]]`; to which is added what those are that have a default:
 * `["object", {name: T…}, ["name"…], {name: default…}]`.
 */
export type TypeConstraint =
  | 'string'
  | 'number'
  | 'bool'
  | 'dynamic'
  | ['list' | 'set' | 'map', TypeConstraint]
  | ['tuple', TypeConstraint[]]
  | ['object', Record<string, TypeConstraint>]
  | ['object', Record<string, TypeConstraint>, string[]]
  | ['object', Record<string, TypeConstraint>, string[], Record<string, JsonValue>];

export const typeConstraint: z.ZodType<TypeConstraint> = z
  .lazy(() =>
    z.union([
      z.enum(['string', 'number', 'bool', 'dynamic']),
      z.tuple([z.enum(['list', 'set', 'map']), typeConstraint]),
      z.tuple([z.literal('tuple'), z.array(typeConstraint)]),
      z.tuple([z.literal('object'), z.record(z.string(), typeConstraint)]),
      z.tuple([z.literal('object'), z.record(z.string(), typeConstraint), z.array(z.string())]),
      z.tuple([
        z.literal('object'),
        z.record(z.string(), typeConstraint),
        z.array(z.string()),
        z.record(z.string(), jsonValue),
      ]),
    ]),
  )
  .meta({ id: 'TypeConstraint' });

/** A value as JSON carries it: the only values that variables and outputs have. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export const jsonValue: z.ZodType<JsonValue> = z
  .lazy(() =>
    z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(jsonValue), z.record(z.string(), jsonValue)]),
  )
  .meta({ id: 'JsonValue' });

/** The type as a person writes it in a template: `list(string)`, `object({ name = string, size = optional(number) })`. */
export function formatType(type: TypeConstraint): string {
  if (typeof type === 'string') return type === 'dynamic' ? 'any' : type;
  switch (type[0]) {
    case 'tuple':
      return `tuple([${type[1].map(formatType).join(', ')}])`;
    case 'object': {
      const optional = new Set(type[2] ?? []);
      const attributes = Object.entries(type[1]).map(([key, inner]) => {
        if (!optional.has(key)) return `${key} = ${formatType(inner)}`;
        const value = member(type[3] ?? {}, key);
        return `${key} = optional(${formatType(inner)}${value === undefined ? '' : `, ${JSON.stringify(value)}`})`;
      });
      return attributes.length === 0 ? 'object({})' : `object({ ${attributes.join(', ')} })`;
    }
    default:
      return `${type[0]}(${formatType(type[1])})`;
  }
}

/**
 * Says what keeps `value` from being of `type`, or null. The conversions that Terraform makes by itself are allowed:
 * between string and number or bool where the text reads as one, arrays for lists, sets and tuples.
 */
export function typeError(type: TypeConstraint, value: JsonValue, path = 'the value'): string | null {
  if (value === null || type === 'dynamic') return null;
  if (typeof type === 'string') return primitiveError(type, value, path);
  switch (type[0]) {
    case 'list':
    case 'set':
      if (!Array.isArray(value)) return `${path} must be a list`;
      return firstError(value.map((item, i) => typeError(type[1], item, `${path}[${i}]`)));
    case 'tuple': {
      const inner = type[1];
      if (!Array.isArray(value)) return `${path} must be a list`;
      if (value.length !== inner.length) return `${path} must have ${inner.length} elements`;
      return firstError(inner.map((itemType, i) => typeError(itemType, value[i] ?? null, `${path}[${i}]`)));
    }
    case 'map':
      if (!isObject(value)) return `${path} must be a map`;
      return firstError(Object.entries(value).map(([key, item]) => typeError(type[1], item, `${path}.${key}`)));
    case 'object': {
      if (!isObject(value)) return `${path} must be an object`;
      const optional = new Set(type[2] ?? []);
      const missing = Object.keys(type[1]).find(key => !Object.hasOwn(value, key) && !optional.has(key));
      if (missing !== undefined) return `${path} lacks the attribute '${missing}'`;
      return firstError(
        Object.entries(type[1]).map(([key, inner]) => typeError(inner, member(value, key) ?? null, `${path}.${key}`)),
      );
    }
  }
}

/**
 * The value as Terraform would hold it in a variable of `type`: primitives converted, optional attributes that are missing
 * or null at their default, attributes that the type does not name dropped, each member of a set once. The value must fit
 * ({@link typeError}).
 */
export function convertValue(type: TypeConstraint, value: JsonValue): JsonValue {
  if (value === null || type === 'dynamic') return value;
  if (type === 'string') return typeof value === 'object' ? value : String(value);
  if (type === 'number') return Number(value);
  if (type === 'bool') return value === true || value === 'true';
  const [kind, inner] = type;
  if (kind === 'tuple')
    return Array.isArray(value) ? value.map((item, i) => convertValue(inner[i] ?? 'dynamic', item)) : value;
  if (kind === 'object') {
    if (!isObject(value)) return value;
    const defaults = type[3] ?? {};
    return Object.fromEntries(
      Object.entries(inner).map(([key, of]) => [
        key,
        convertValue(of, member(value, key) ?? member(defaults, key) ?? null),
      ]),
    );
  }
  if (Array.isArray(value)) {
    const items = value.map(item => convertValue(inner, item));
    return kind === 'set' ? [...new Map(items.map(item => [JSON.stringify(item), item])).values()] : items;
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convertValue(inner, item)]))
    : value;
}

function primitiveError(type: 'string' | 'number' | 'bool', value: JsonValue, path: string): string | null {
  const error = `${path} must be a ${type}`;
  if (typeof value === 'object') return error;
  if (type === 'string') return null;
  if (type === 'number')
    return typeof value === 'number' || (typeof value === 'string' && isNumber(value)) ? null : error;
  return typeof value === 'boolean' || value === 'true' || value === 'false' ? null : error;
}

/** Whether a text reads as a number to Terraform. */
export function isNumber(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text);
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What every object inherits is no member of a value. */
function member(object: { [key: string]: JsonValue }, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function firstError(errors: (string | null)[]): string | null {
  return errors.find(error => error !== null) ?? null;
}

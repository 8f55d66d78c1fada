import type { JsonValue } from '../jsonValue.js';
import type { TypeConstraint } from './typeConstraint.js';

/**
 * Turns a default into its variable's type where the engine does so by itself: `"5"` is a number for a number. What
 * does not fit stays as it is; the engine will say so.
 */
export function convertDefault(value: JsonValue, type: TypeConstraint): JsonValue {
  if (value === null || type === 'dynamic') return value;
  if (typeof type === 'string') return convertPrimitive(value, type);
  switch (type[0]) {
    case 'tuple': {
      const inner = type[1];
      return Array.isArray(value) ? value.map((item, i) => convertDefault(item, inner[i] ?? 'dynamic')) : value;
    }
    case 'object': {
      const inner = type[1];
      return convertMembers(value, key => (Object.hasOwn(inner, key) ? inner[key] : undefined) ?? 'dynamic');
    }
    case 'map': {
      const inner = type[1];
      return convertMembers(value, () => inner);
    }
    default: {
      const inner = type[1];
      return Array.isArray(value) ? value.map(item => convertDefault(item, inner)) : value;
    }
  }
}

function convertMembers(value: JsonValue, typeOf: (key: string) => TypeConstraint): JsonValue {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convertDefault(item, typeOf(key))]));
}

function convertPrimitive(value: JsonValue, type: 'string' | 'number' | 'bool'): JsonValue {
  if (type === 'string') return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof value !== 'string') return value;
  if (type === 'bool') return value === 'true' ? true : value === 'false' ? false : value;
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value;
}

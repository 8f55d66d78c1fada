import type { JsonValue } from '../jsonValue.js';
import { convertDefault } from './convertDefault.js';
import { evaluate } from './evaluate.js';
import { type Expression, objectMembers, type ParsedExpression } from './expression.js';
import type { TypeConstraint } from './typeConstraint.js';

/** The type that an expression stands for; null when it is none. */
export function readType(parsed: ParsedExpression): TypeConstraint | null {
  const { tree } = parsed;
  if (tree.type === 'scopeTraversal') return keywords.get(tree.meta?.fullAccessor ?? '') ?? null;
  const [argument] = tree.children;
  if (tree.type !== 'function' || argument === undefined || tree.children.length !== 1) return null;
  switch (tree.meta?.name) {
    case 'list':
    case 'set':
    case 'map': {
      const inner = readType({ ...parsed, tree: argument });
      return inner && [tree.meta.name, inner];
    }
    case 'tuple':
      return readTuple(parsed, argument);
    case 'object':
      return argument.type === 'object' ? readObject({ ...parsed, tree: argument }) : null;
    default:
      return null;
  }
}

const keywords: ReadonlyMap<string, TypeConstraint> = new Map<string, TypeConstraint>([
  ['string', 'string'],
  ['number', 'number'],
  ['bool', 'bool'],
  ['any', 'dynamic'],
  // Short forms that the engine still takes.
  ['list', ['list', 'dynamic']],
  ['map', ['map', 'dynamic']],
]);

function readTuple(parsed: ParsedExpression, argument: Expression): TypeConstraint | null {
  const inner = argument.children.map(tree => readType({ ...parsed, tree }));
  const known = inner.filter(type => type !== null);
  return argument.type === 'tuple' && known.length === inner.length ? ['tuple', known] : null;
}

function readObject(parsed: ParsedExpression): TypeConstraint | null {
  const attributes: Record<string, TypeConstraint> = {};
  const optional: string[] = [];
  const defaults: Record<string, JsonValue> = {};
  for (const { name, value } of objectMembers(parsed)) {
    // `optional(T)` or `optional(T, default)`.
    const isOptional = value.type === 'function' && value.meta?.name === 'optional';
    const tree = isOptional ? value.children[0] : value;
    const type = tree === undefined ? null : readType({ ...parsed, tree });
    if (name === null || type === null) return null;
    attributes[name] = type;
    if (!isOptional) continue;
    optional.push(name);
    const written = value.children[1];
    if (written === undefined) continue;
    const byDefault = evaluate({ ...parsed, tree: written });
    // Only the engine knows it, and so what such an object holds.
    if (byDefault === undefined) return null;
    if (byDefault !== null) defaults[name] = convertDefault(byDefault, type);
  }
  if (optional.length === 0) return ['object', attributes];
  return Object.keys(defaults).length === 0
    ? ['object', attributes, optional]
    : ['object', attributes, optional, defaults];
}

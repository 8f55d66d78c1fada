import { type Matcher, RE2JS } from 're2js';
import type { JsonValue } from '../typeConstraint.js';
import { NoValue, Undecided } from './noAnswer.js';

/** Calls one of Terraform's functions by name. Only those whose behaviour is plain stand here; others are undecided. */
export function callFunction(name: string, given: JsonValue[]): JsonValue {
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (known === undefined) throw new Undecided(`the function '${name}'`);
  if (given.some(value => value === null)) throw new Undecided('a null argument');
  return known(...given);
}

const functions: Record<string, (...given: JsonValue[]) => JsonValue> = {
  length: value => {
    if (typeof value === 'string') return text(value).length;
    return Array.isArray(value) ? value.length : Object.keys(object(value)).length;
  },
  contains: (list_, value) => {
    const items = list(list_);
    if (items.some(item => typeof item !== typeof primitive(value))) throw new Undecided('a conversion');
    return items.includes(primitive(value));
  },
  keys: value => Object.keys(object(value)).sort(),
  values: value => {
    const map = object(value);
    return Object.keys(map)
      .sort()
      .map(key => map[key] ?? null);
  },
  alltrue: value => list(value).every(item => truth(item)),
  anytrue: value => list(value).some(item => truth(item)),
  distinct: value => [...new Set(list(value).map(primitive))],
  lower: value => text(value).toLowerCase(),
  upper: value => text(value).toUpperCase(),
  startswith: (value, start) => text(value).startsWith(text(start)),
  endswith: (value, end) => text(value).endsWith(text(end)),
  trimspace: value => text(value).trim(),
  trimprefix: (value, start) =>
    text(value).startsWith(text(start)) ? text(value).slice(text(start).length) : text(value),
  trimsuffix: (value, end) => {
    return text(end) !== '' && text(value).endsWith(text(end)) ? text(value).slice(0, -text(end).length) : text(value);
  },
  split: (separator, value) => (text(value) === '' ? [''] : text(value).split(text(separator))),
  join: (separator, value) => list(value).map(text).join(text(separator)),
  concat: (...lists) => lists.flatMap(list),
  abs: value => Math.abs(numeric(value)),
  ceil: value => Math.ceil(numeric(value)),
  floor: value => Math.floor(numeric(value)),
  min: (...values) => Math.min(...values.map(numeric)),
  max: (...values) => Math.max(...values.map(numeric)),
  tonumber: value => {
    if (typeof value === 'number') return value;
    if (!/^-?\d+(\.\d+)?$/.test(text(value))) throw new NoValue('no number');
    return Number(value);
  },
  tostring: value => {
    if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value);
    return text(value);
  },
  toset: value => [...new Set(list(value).map(primitive))],
  tolist: value => list(value),
  regex: (pattern, value) => {
    const found = matcher(pattern, value);
    if (!found.find()) throw new NoValue('no match');
    return matched(found);
  },
  regexall: (pattern, value) => {
    const found = matcher(pattern, value);
    const all: JsonValue[] = [];
    while (found.find()) all.push(matched(found));
    return all;
  },
};

/** A pattern in Terraform's own syntax, matched in linear time whatever the pattern is. */
function matcher(pattern: JsonValue | undefined, value: JsonValue | undefined): Matcher {
  if (typeof pattern !== 'string' || typeof value !== 'string') throw new Undecided('a conversion to string');
  if (pattern.includes('(?P<')) throw new Undecided('named groups');
  try {
    return RE2JS.compile(pattern).matcher(value);
  } catch {
    throw new Undecided('such a pattern');
  }
}

/** What `regex` gives for a match: the text, or the groups where the pattern has some. */
function matched(found: Matcher): JsonValue {
  const groups = Array.from({ length: found.groupCount() }, (_, i) => found.group(i + 1));
  return groups.length === 0 ? found.group() : groups;
}

/** Plain ASCII: of other letters Terraform's idea of length, case and space may differ from the one here. */
function text(value: JsonValue | undefined): string {
  if (typeof value !== 'string' || !/^[\t\n\x20-\x7e]*$/.test(value)) throw new Undecided('such a text');
  return value;
}

function numeric(value: JsonValue | undefined): number {
  if (typeof value !== 'number') throw new Undecided('a conversion to number');
  return value;
}

function truth(value: JsonValue): boolean {
  if (typeof value !== 'boolean') throw new Undecided('a conversion to bool');
  return value;
}

function list(value: JsonValue | undefined): JsonValue[] {
  if (!Array.isArray(value)) throw new Undecided('a conversion to list');
  return value;
}

function object(value: JsonValue | undefined): { [key: string]: JsonValue } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Undecided('a conversion to map');
  return value;
}

function primitive(value: JsonValue | undefined): JsonValue {
  if (value === undefined || (typeof value === 'object' && value !== null))
    throw new Undecided('a comparison of collections');
  return value;
}

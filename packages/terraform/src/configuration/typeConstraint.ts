import type { JsonValue } from '../jsonValue.js';

/**
 * A type in the JSON form of the engine's own schemas: `"string"`, `"number"`, `"bool"`, `"dynamic"` (any),
 * `["list", T]`, `["set", T]`, `["map", T]`, `["tuple", [T…]]`, `["object", {name: T…}]` or, with optional attributes,
 * `["object", {name: T…}, ["name"…]]`; to which is added what those are that have a default:
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

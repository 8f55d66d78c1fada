/**
 * A type in the JSON form of the engine's own schemas: `"string"`, `"number"`, `"bool"`, `"dynamic"` (any),
 * `["list", T]`, `["set", T]`, `["map", T]`, `["tuple", [T…]]`, `["object", {name: T…}]` or, with optional attributes,
 * `["object", {name: T…}, ["name"…]]`.
 */
export type TypeConstraint =
  | 'string'
  | 'number'
  | 'bool'
  | 'dynamic'
  | ['list' | 'set' | 'map', TypeConstraint]
  | ['tuple', TypeConstraint[]]
  | ['object', Record<string, TypeConstraint>]
  | ['object', Record<string, TypeConstraint>, string[]];

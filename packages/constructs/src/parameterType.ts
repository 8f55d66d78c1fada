import { hclText } from './hcl.js';

declare const valueType: unique symbol;
declare const inputType: unique symbol;
/** On types of attributes that may be left out. */
const isOptional = Symbol('optional');

/** Terraform's name of a type, and the TypeScript types of its values: `T` as a template sees them, `I` as they are given. */
export interface ParameterType<out T, out I = T> {
  /** As it stands in a `variable` block. */
  readonly hcl: string;
  readonly [valueType]?: T;
  readonly [inputType]?: I;
}

/** Type of an attribute that whoever gives an object may leave out. */
export interface OptionalType<out T, out I = T> extends ParameterType<T, I> {
  readonly [isOptional]: true;
}

type Attributes = Readonly<Record<string, ParameterType<unknown, unknown>>>;

/** What a type's values are in the template. */
export type ValueOf<P> = P extends ParameterType<infer T, unknown> ? T : never;

/** What may be given for a value of a type. */
export type InputOf<P> = P extends ParameterType<unknown, infer I> ? I : never;

type ObjectValue<A extends Attributes> = { readonly [K in keyof A]: ValueOf<A[K]> };

type OptionalNames<A extends Attributes> = {
  [K in keyof A]: A[K] extends OptionalType<unknown, unknown> ? K : never;
}[keyof A];

type ObjectInput<A extends Attributes> = { readonly [K in Exclude<keyof A, OptionalNames<A>>]: InputOf<A[K]> } & {
  readonly [K in OptionalNames<A>]?: InputOf<A[K]>;
};

const string: ParameterType<string> = { hcl: 'string' };
const number: ParameterType<number> = { hcl: 'number' };
const bool: ParameterType<boolean> = { hcl: 'bool' };

/** The types of parameters: `types.list(types.string)` for `list(string)`. */
export const types = { string, number, bool, list, set, map, object, optional } as const;

function list<T, I>(of: ParameterType<T, I>): ParameterType<readonly T[], readonly I[]> {
  return { hcl: `list(${of.hcl})` };
}

function set<T, I>(of: ParameterType<T, I>): ParameterType<readonly T[], readonly I[]> {
  return { hcl: `set(${of.hcl})` };
}

function map<T, I>(of: ParameterType<T, I>): ParameterType<Readonly<Record<string, T>>, Readonly<Record<string, I>>> {
  return { hcl: `map(${of.hcl})` };
}

function object<A extends Attributes>(attributes: A): ParameterType<ObjectValue<A>, ObjectInput<A>> {
  const parts = Object.entries(attributes).map(([name, type]) => `${name} = ${type.hcl}`);
  return { hcl: `object({ ${parts.join(', ')} })` };
}

/** An attribute that may be left out: it then has the default, or null. */
function optional<T, I>(type: ParameterType<T, I>): OptionalType<T | null, I | null>;
function optional<T, I>(type: ParameterType<T, I>, value: NoInfer<I>): OptionalType<T, I>;
function optional<T, I>(type: ParameterType<T, I>, value?: I): OptionalType<T | null, I | null> {
  const hcl = value === undefined ? `optional(${type.hcl})` : `optional(${type.hcl}, ${hclText(value)})`;
  return { hcl, [isOptional]: true };
}

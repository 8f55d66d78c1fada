import { markerOfUnresolved, markers } from './cdktf.js';
import { Expression } from './expression.js';

/**
 * An expression in Terraform's own language, for what these classes have no word for. Values in it are written as HCL:
 * expressions as they are, JavaScript values as literals.
 *
 * ```ts
 * const cores = hcl<number>`max(1, ${cpu})`;
 * ```
 */
export function hcl<T = unknown>(parts: TemplateStringsArray, ...values: readonly unknown[]): Expression<T> {
  return new Expression(`(${String.raw({ raw: parts.raw }, ...values.map(hclText))})`);
}

/**
 * A value as a Terraform expression. Objects become objects, without what is undefined; a string is literal text, `${`
 * and all, but for the expressions in it.
 *
 * @throws TypeError for what has no counterpart there: a function, NaN
 */
export function hclText(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Expression) return value.hcl;
  const unresolved = markerOfUnresolved(value);
  if (unresolved !== null) return unresolved;
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  if (Array.isArray(value)) return `[${value.map(hclText).join(', ')}]`;
  if (typeof value === 'object') {
    const attributes = Object.entries(value).filter(([, attribute]) => attribute !== undefined);
    return `{${attributes.map(([name, attribute]) => `${quoted(name)} = ${hclText(attribute)}`).join(', ')}}`;
  }
  throw new TypeError(`${String(value)} cannot be written in Terraform's language`);
}

/** An attribute of Terraform's JSON syntax whose value is this expression. */
export function interpolation(value: unknown): string {
  return `\${${hclText(value)}}`;
}

/** Literal text, and the expressions in it, as Terraform's JSON syntax has them in a string. */
export function templateText(value: string | Expression<string>): string {
  if (value instanceof Expression) return value.toString();
  return betweenMarkers(value, escapeInterpolation, marker => marker);
}

function quoted(text: string): string {
  // Within an expression cdktf puts a marker's expression in without braces of its own.
  return `"${betweenMarkers(text, escapeQuoted, marker => `\${${marker}}`)}"`;
}

function escapeQuoted(text: string): string {
  const escaped = text
    .replace(/[\\"]/g, '\\$&')
    .replaceAll('\n', '\\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    .replace(/[\u0000-\u001f\u007f]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escapeInterpolation(escaped);
}

function escapeInterpolation(text: string): string {
  return text.replace(/[$%](?=\{)/g, '$&$&');
}

function betweenMarkers(text: string, literal: (text: string) => string, marker: (text: string) => string): string {
  const found = [...text.matchAll(markers)].map(([match]) => match);
  return text
    .split(markers)
    .map((part, index) => literal(part) + (found[index] === undefined ? '' : marker(found[index])))
    .join('');
}

import { Undecided } from './noAnswer.js';

/** What an expression is made of. A string is cut out whole, its escapes resolved. */
export type Token =
  | { kind: 'number'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'name'; value: string }
  | { kind: 'sign'; value: string }
  | { kind: 'end' };

const signs = ['...', '&&', '||', '==', '!=', '<=', '>=', '=>', ...'<>!+-*/%?:()[]{},.='];
const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

/** Cuts the text of a Terraform expression into tokens. Throws {@link Undecided} for what it does not know. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^(\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest);
    const number = /^\d+(\.\d+)?([eE][+-]?\d+)?/.exec(rest);
    const name = /^[A-Za-z_][A-Za-z0-9_-]*/.exec(rest);
    const sign = signs.find(candidate => rest.startsWith(candidate));
    if (space) at += space[0].length;
    else if (rest[0] === '"') {
      const read = string(rest);
      found.push({ kind: 'string', value: read.value });
      at += read.length;
    } else if (number) {
      found.push({ kind: 'number', value: Number(number[0]) });
      at += number[0].length;
    } else if (name) {
      found.push({ kind: 'name', value: name[0] });
      at += name[0].length;
    } else if (sign) {
      found.push({ kind: 'sign', value: sign });
      at += sign.length;
    } else throw new Undecided(`the sign '${rest[0]}'`);
  }
  return [...found, { kind: 'end' }];
}

/** Reads the quoted string at the start of `text`. Interpolation is left to Terraform; `$${` is a plain `${`. */
function string(text: string): { value: string; length: number } {
  let value = '';
  let at = 1;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (char === '"') return { value, length: at + 1 };
    if (char === '\\') {
      const resolved = escapes[text[at + 1] ?? ''];
      if (resolved === undefined) throw new Undecided('an escape');
      value += resolved;
      at += 2;
    } else if (text.startsWith('$${', at) || text.startsWith('%%{', at)) {
      value += text.slice(at + 1, at + 3);
      at += 3;
    } else if (text.startsWith('${', at) || text.startsWith('%{', at)) throw new Undecided('an interpolated string');
    else {
      value += char;
      at++;
    }
  }
  throw new Undecided('a string without end');
}

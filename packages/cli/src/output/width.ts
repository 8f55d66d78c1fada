import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours
const colour = /\u001b\[[0-9;]*m/y;

/** Cuts a line with colours to `width` columns, with `…` where something was cut, and ends its colours. */
export function fitWidth(line: string, width: number): string {
  if (stringWidth(stripVTControlCharacters(line)) <= width) return line;
  let used = 0;
  let out = '';
  let coloured = false;
  for (let at = 0; at < line.length; ) {
    colour.lastIndex = at;
    const sequence = colour.exec(line);
    if (sequence !== null) {
      out += sequence[0];
      coloured = true;
      at += sequence[0].length;
      continue;
    }
    const character = String.fromCodePoint(line.codePointAt(at) ?? 0);
    const columns = stringWidth(character);
    if (used + columns > width - 1) break;
    out += character;
    used += columns;
    at += character.length;
  }
  return `${out}…${coloured ? '\u001b[0m' : ''}`;
}

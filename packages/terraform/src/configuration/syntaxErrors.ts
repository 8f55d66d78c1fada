import type { Diagnostic } from '../output/diagnostic.js';
import { JsonScanner } from '../state/jsonScanner.js';

/**
 * Takes apart the converter's error text, which carries one or several `FILE:LINE,COLUMN-COLUMN: Summary; Detail`.
 */
export function hclErrors(file: string, text: string): Diagnostic[] {
  const name = file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const position = new RegExp(`${name}:(\\d+),\\d+-[\\d,]+: `, 'g');
  const found = [...text.matchAll(position)];
  const errors = found.map((match, i) => {
    const end = found[i + 1]?.index ?? text.length;
    const sentence = text.slice(match.index + match[0].length, end).trim();
    return syntaxError(file, Number(match[1]), found[i + 1] === undefined ? sentence.replace(/\]$/, '') : sentence);
  });
  return errors.length > 0 ? errors : [syntaxError(file, null, text)];
}

/** Says where a JSON file stops being JSON. */
export function jsonErrors(file: string, text: string): Diagnostic[] {
  const scanner = new JsonScanner({
    member: () => 'skip',
    captured: () => undefined,
    entered: () => undefined,
    left: () => undefined,
  });
  const bytes = Buffer.from(text);
  scanner.push(bytes);
  const end = scanner.end();
  const offset = end.ok ? 0 : end.offset;
  const line = bytes.toString('utf8', 0, offset).split('\n').length;
  return [syntaxError(file, line, 'Invalid JSON; The file is not valid JSON from here on.')];
}

function syntaxError(file: string, line: number | null, sentence: string): Diagnostic {
  const cut = sentence.indexOf('; ');
  const summary = cut === -1 ? sentence : sentence.slice(0, cut);
  const detail = cut === -1 ? '' : sentence.slice(cut + 2);
  return { severity: 'error', summary, detail, address: null, file, line, snippet: null, values: [] };
}

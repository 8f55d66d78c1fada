import { stripVTControlCharacters } from 'node:util';

// Control characters but tab; also the C1 range, which some terminals obey, the line separators, and what turns the
// direction of writing, with which a name can be made to look like another.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from elsewhere (logs, names, messages) made fit for a terminal: one line, without escape sequences, so that it
 * can neither move the cursor nor recolour or overwrite what Berth prints.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(control, ' ').replaceAll('\t', '  ');
}

/** The same for text of several lines. */
export function printableLines(text: string): string[] {
  return text.replace(/\s+$/, '').split(/\r?\n/).map(printable);
}

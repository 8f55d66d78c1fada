import type { ErrorBody } from '@berth/protocol';
import type { Colours } from './colour.js';
import { printable, printableLines } from './printable.js';

/** An error for people: the message, then what can be done about it, then what is wrong with which field. */
export function errorText(error: Pick<ErrorBody, 'message' | 'hint' | 'fields'>, colours: Colours): string {
  const [first = '', ...more] = printableLines(error.message);
  const lines = [`${colours.red('Error:')} ${first}`, ...more.map(line => `  ${line}`)];
  if (error.hint !== null) lines.push(...printableLines(error.hint).map(line => `  ${line}`));
  // A message that is about one field often holds its text already.
  const fields = Object.entries(error.fields ?? {}).filter(([, text]) => !error.message.includes(text));
  for (const [field, text] of fields) {
    lines.push(`  ${colours.bold(printable(field))}: ${printable(text)}`);
  }
  return lines.join('\n');
}

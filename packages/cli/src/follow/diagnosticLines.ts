import type { Colours } from '../output/colour.js';
import { printable, printableLines } from '../output/printable.js';
import type { Diagnostic } from './jobProgress.js';

/** One of Terraform's diagnostics: what, where in the template, the line itself, and the long explanation. */
export function diagnosticLines(diagnostic: Diagnostic, colours: Colours): string[] {
  const title = diagnostic.severity === 'error' ? colours.red('Error:') : colours.yellow('Warning:');
  const lines = [`${title} ${colours.bold(printable(diagnostic.summary))}`];
  const place = placeOf(diagnostic);
  if (place !== null) lines.push(`  ${place}`);
  if (diagnostic.snippet !== null) {
    const number = diagnostic.line === null ? '' : `${diagnostic.line} `;
    const snippet = printableLines(diagnostic.snippet);
    lines.push(
      ...snippet.map((line, i) => `    ${colours.dim(`${i === 0 ? number : ' '.repeat(number.length)}|`)} ${line}`),
    );
  }
  if (diagnostic.detail !== '') lines.push(...printableLines(diagnostic.detail).map(line => `  ${line}`.trimEnd()));
  return lines;
}

function placeOf({ file, line, address }: Diagnostic): string | null {
  const parts = [
    ...(file === null ? [] : [`in ${printable(file)}${line === null ? '' : `, line ${line}`}`]),
    ...(address === null ? [] : [`with ${printable(address)}`]),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

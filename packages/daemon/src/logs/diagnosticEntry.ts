import { limits } from '@berth/protocol';
import type { Diagnostic } from '@berth/terraform';
import type { NewLogEntry } from './attemptLog.js';

/** Makes the log entry of a diagnostic. What its expressions were (`var.size is 3`) is told below the detail. */
export function diagnosticEntry(diagnostic: Diagnostic): NewLogEntry {
  const { severity, summary, detail, address, file, line, snippet, values } = diagnostic;
  const told = values.length === 0 ? detail : `${detail}\n${values.map(value => `  ${value}`).join('\n')}`.trimStart();
  return {
    kind: 'diagnostic',
    severity,
    summary: bounded(summary),
    detail: bounded(told),
    address,
    file,
    line,
    snippet: snippet === null ? null : bounded(snippet),
  };
}

/** One line that says what is wrong and where: `Invalid value for variable (main.tf line 3)`. */
export function diagnosticTitle(diagnostic: Pick<Diagnostic, 'summary' | 'file' | 'line'>): string {
  const { summary, file, line } = diagnostic;
  if (file === null) return summary;
  return `${summary} (${file}${line === null ? '' : ` line ${line}`})`;
}

/** Cuts a text to what a log entry carries and says how much was cut. */
function bounded(text: string): string {
  // No character has more than three bytes for each of its UTF-16 units.
  if (text.length * 3 <= limits.logPieceBytes) return text;
  const kept = Math.floor(limits.logPieceBytes / 3);
  return `${text.slice(0, kept)}\n… (${text.length - kept} more characters)`;
}

import type { LogEntry } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';
import { elapsed } from '../output/time.js';
import { diagnosticLines } from './diagnosticLines.js';
import { resourceSign, resourceState } from './resourceText.js';

/** A log entry as lines of text, for whatever is no live view: a pipe, a file, `berth logs`. */
export function entryLines(entry: LogEntry, colours: Colours): string[] {
  switch (entry.kind) {
    case 'phase':
      return [colours.bold(`== ${entry.phase}`)];
    case 'text':
      return [textLine(entry, colours)];
    case 'resource': {
      const time = entry.elapsedSeconds === null ? '' : `, ${elapsed(entry.elapsedSeconds * 1000)}`;
      const note = entry.note === null ? '' : ` (${printable(entry.note)})`;
      const line = `${resourceSign(entry.action)} ${printable(entry.address)}: ${resourceState(entry)}${time}${note}`;
      return [entry.state === 'failed' ? colours.red(line) : line];
    }
    case 'diagnostic':
      return diagnosticLines(entry, colours);
    case 'summary':
      return [summaryLine(entry)];
  }
}

/** `Plan: 2 to add, 0 to change, 1 to destroy.`, or what an apply has done. */
export function summaryLine(summary: Extract<LogEntry, { kind: 'summary' }>): string {
  const { operation, add, change, remove } = summary;
  if (operation === 'plan') return `Plan: ${add} to add, ${change} to change, ${remove} to destroy.`;
  return `Done: ${add} added, ${change} changed, ${remove} destroyed.`;
}

function textLine(entry: Extract<LogEntry, { kind: 'text' }>, colours: Colours): string {
  const text = printable(entry.text);
  const line = entry.address === null ? text : `${printable(entry.address)}: ${text}`;
  if (entry.level === 'error') return colours.red(line);
  return entry.level === 'warning' ? colours.yellow(line) : line;
}

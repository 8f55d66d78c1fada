import type { LogEntry } from '@berth/protocol';

/** The texts of a log, a line each, for searching. */
export function logText(log: readonly LogEntry[]): string {
  return log.map(entry => (entry.kind === 'text' ? entry.text : JSON.stringify(entry))).join('\n');
}

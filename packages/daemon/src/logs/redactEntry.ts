import type { NewLogEntry } from './attemptLog.js';

/** Replaces secrets in every text of an entry that somebody else than the daemon wrote. */
export function redactEntry(entry: NewLogEntry, redact: (text: string) => string): NewLogEntry {
  const optional = (text: string | null): string | null => (text === null ? null : redact(text));
  switch (entry.kind) {
    case 'text':
      return { ...entry, text: redact(entry.text), address: optional(entry.address) };
    case 'resource':
      return { ...entry, address: redact(entry.address), note: optional(entry.note) };
    case 'diagnostic':
      return {
        ...entry,
        summary: redact(entry.summary),
        detail: redact(entry.detail),
        address: optional(entry.address),
        snippet: optional(entry.snippet),
      };
    case 'phase':
    case 'summary':
      return entry;
  }
}

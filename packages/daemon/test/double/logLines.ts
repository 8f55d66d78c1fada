import { type Logger, pino } from 'pino';
import { onTestFailed } from 'vitest';

/** A daemon's log, to be looked at. */
export interface LogLines {
  logger: Logger;
  lines: Record<string, unknown>[];
  /** The lines with this message. */
  saying(message: string | RegExp): Record<string, unknown>[];
  /** Everything as it was written. */
  text(): string;
}

/** Shown when the test fails. */
export function logLines(): LogLines {
  const raw: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => {
    raw.push(line);
    lines.push(JSON.parse(line));
  };
  onTestFailed(() => console.error(raw.slice(-40).join('')));
  return {
    logger: pino({ level: 'trace' }, { write }),
    lines,
    saying: message =>
      lines.filter(({ msg }) => (typeof message === 'string' ? msg === message : message.test(`${msg}`))),
    text: () => raw.join(''),
  };
}

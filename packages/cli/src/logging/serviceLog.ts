import { type Logger, pino } from 'pino';
import { coloursFor } from '../output/colour.js';
import { humanLine } from './humanLine.js';

export interface LogSettings {
  format: 'human' | 'json';
  level: 'debug' | 'info' | 'warn' | 'error';
}

/** The log of a service (coordinator or daemon), on stderr. */
export function createServiceLog({ format, level }: LogSettings): Logger {
  if (format === 'json') return pino({ level }, pino.destination({ dest: 2, sync: true }));
  const colours = coloursFor(process.stderr);
  return pino({ level, base: null }, { write: line => process.stderr.write(`${humanLine(line, colours)}\n`) });
}

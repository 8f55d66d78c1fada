import { z } from 'zod';
import { type JsonValue, parseJson } from '../jsonValue.js';
import type { EngineEvent, LogLevel } from './engineEvent.js';
import { eventReaders } from './eventReaders.js';

export interface ParseEventOptions {
  /** Path of the variables file as it was given to the engine; what diagnostics quote from it is dropped. */
  variablesFile?: string | null | undefined;
}

const envelope = z.object({
  '@message': z.string(),
  '@level': z.string().optional(),
  type: z.string().optional(),
});

const levels = new Map<string | undefined, LogLevel>([
  ['warn', 'warning'],
  ['error', 'error'],
]);

/**
 * Reads one line of the engine's output. Never throws: a line that is not JSON, an event of an unknown type and one
 * that lacks what its type has become text events, so that nothing is lost.
 */
export function parseEvent(line: string, options: ParseEventOptions = {}): EngineEvent {
  const json: JsonValue | undefined = line.startsWith('{') ? parseJson(line) : undefined;
  const head = envelope.safeParse(json);
  if (!head.success) return { type: 'text', level: 'info', message: line };
  const { '@message': message, '@level': level, type = 'log' } = head.data;
  const context = { message, level: levels.get(level) ?? 'info', variablesFile: options.variablesFile ?? null };
  return eventReaders.get(type)?.(json, context) ?? { type: 'text', level: context.level, message };
}

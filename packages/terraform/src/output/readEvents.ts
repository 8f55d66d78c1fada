import type { EngineEvent } from './engineEvent.js';
import type { OutputPart } from './lineSplitter.js';
import type { OutputReader } from './outputReader.js';
import { type ParseEventOptions, parseEvent } from './parseEvent.js';
import { splitText } from './splitText.js';

/** Events in order, and where reading may start again after them. */
export interface EventBatch {
  events: EngineEvent[];
  end: number;
}

/** Said in place of an emergency dump. */
const dumpNotice =
  'The state could not be written; the engine printed it instead. It is kept and left out of this log.';

/**
 * The events of an output. No text of an event (message, output of a provisioner) is longer than 64 KiB: longer ones
 * come as several events of the same type.
 */
export async function* readEvents(
  reader: OutputReader,
  options: ParseEventOptions = {},
): AsyncGenerator<EventBatch, void, undefined> {
  for await (const { parts, end } of reader.batches()) {
    yield { events: parts.flatMap(part => toEvents(part, options)), end };
  }
}

function toEvents(part: OutputPart, options: ParseEventOptions): EngineEvent[] {
  switch (part.kind) {
    case 'line':
      return bounded(parseEvent(part.text, options));
    case 'piece':
      return [{ type: 'text', level: 'info', message: part.text }];
    case 'emergency_dump':
      return [{ type: 'log', level: 'error', message: dumpNotice }];
  }
}

function bounded(event: EngineEvent): EngineEvent[] {
  if (event.type === 'text' || event.type === 'log') {
    return splitText(event.message).map(message => ({ ...event, message }));
  }
  if ('output' in event && event.output !== null) {
    const [message = ''] = splitText(event.message);
    return splitText(event.output).map(output => ({ ...event, message, output }));
  }
  return [event];
}

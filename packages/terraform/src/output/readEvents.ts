import { noRedactor, type Redactor, type RedactorStream } from '../redactor/redactor.js';
import type { EngineEvent } from './engineEvent.js';
import type { OutputPart } from './lineSplitter.js';
import type { OutputReader } from './outputReader.js';
import { type ParseEventOptions, parseEvent } from './parseEvent.js';
import { redactEvent } from './redactEvent.js';
import { splitText } from './splitText.js';

/** Events in order, and where reading may start again after them. */
export interface EventBatch {
  events: EngineEvent[];
  end: number;
}

/** Said in place of an emergency dump. */
const dumpNotice =
  'The state could not be written; the engine printed it instead. It is kept and left out of this log.';

interface ReadEventsOptions extends ParseEventOptions {
  /** What it finds is replaced before a text is cut into pieces. */
  redactor?: Redactor | null | undefined;
}

/**
 * The events of an output. No text of an event (message, output of a provisioner) is longer than 64 KiB: longer ones
 * come as several events of the same type.
 */
export async function* readEvents(
  reader: OutputReader,
  options: ReadEventsOptions = {},
): AsyncGenerator<EventBatch, void, undefined> {
  const maker = new EventMaker(options);
  for await (const { parts, end } of reader.batches()) {
    const events = parts.flatMap(part => maker.make(part));
    yield { events, end: end - maker.heldBytes };
  }
}

/** Makes events of the parts of an output. Between the pieces of a line it holds back what may begin a secret. */
class EventMaker {
  private pieces: RedactorStream | null = null;

  private readonly redactor: Redactor;

  constructor(private readonly options: ReadEventsOptions) {
    this.redactor = options.redactor ?? noRedactor;
  }

  /** How much of the output was read and not given out. */
  get heldBytes(): number {
    return Buffer.byteLength(this.pieces?.held ?? '');
  }

  make(part: OutputPart): EngineEvent[] {
    switch (part.kind) {
      case 'line': {
        const event = parseEvent(part.text, this.options);
        return bounded(redactEvent(event, text => this.redactor.redact(text)));
      }
      case 'piece':
        return this.makeOfPiece(part);
      case 'emergency_dump':
        return [{ type: 'log', level: 'error', message: dumpNotice }];
    }
  }

  private makeOfPiece({ text, last }: OutputPart & { kind: 'piece' }): EngineEvent[] {
    this.pieces ??= this.redactor.stream();
    let clean = this.pieces.push(text);
    if (last) {
      clean += this.pieces.end();
      this.pieces = null;
    }
    return clean === '' ? [] : bounded({ type: 'text', level: 'info', message: clean });
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

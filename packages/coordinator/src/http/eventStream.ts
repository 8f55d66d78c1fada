import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** One event of a stream. */
interface ServerEvent {
  event: string;
  data: unknown;
  /** What the reader names as Last-Event-ID when it comes back. */
  id?: number | null;
}

/** Events are joined up to this length: a write for each of them costs more than all the rest. */
const WRITE_LENGTH = 32 * 1024;

/** A stream of server-sent events to one reader. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #gone = new AbortController();

  constructor(response: ServerResponse, heartbeatMs: number) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Asks proxies of the nginx kind to pass each event on at once.
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    response.once('close', () => this.#gone.abort());
    // What a reader that is behind has not read yet keeps the connection open, too.
    this.#heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': still here\n\n');
    }, heartbeatMs);
    this.gone.addEventListener('abort', () => clearInterval(this.#heartbeat), { once: true });
  }

  /** Aborted when the reader has gone away, or the stream was ended. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * Sends events, few of them in memory as text, and waits while the reader is behind. Does nothing once the reader has
   * gone.
   */
  async sendAll(events: readonly ServerEvent[]): Promise<void> {
    let text = '';
    for (const event of events) {
      text += asText(event);
      if (text.length < WRITE_LENGTH) continue;
      await this.#write(text);
      text = '';
    }
    if (text !== '') await this.#write(text);
  }

  async #write(text: string): Promise<void> {
    if (this.gone.aborted || this.#response.write(text)) return;
    try {
      await once(this.#response, 'drain', { signal: this.gone });
    } catch (error) {
      if (!this.gone.aborted) throw error;
    }
  }

  end(): void {
    this.#gone.abort();
    this.#response.end();
  }
}

function asText({ event, data, id = null }: ServerEvent): string {
  const idLine = id === null ? '' : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

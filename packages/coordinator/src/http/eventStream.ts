import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

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
   * Sends an event, and waits while the reader is behind, so that no more than one event is ever kept for it. Does nothing
   * once the reader has gone.
   *
   * @param id what the reader names as Last-Event-ID when it comes back
   */
  async send(event: string, data: unknown, id: number | null = null): Promise<void> {
    if (this.gone.aborted) return;
    const idLine = id === null ? '' : `id: ${id}\n`;
    if (this.#response.write(`${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) return;
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

import type { OutgoingHttpHeaders } from 'node:http';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Readable } from 'node:stream';
import { BerthError } from '@berth/protocol';

interface HttpRequest {
  method: string;
  /** Path and query, after the address of the coordinator. */
  path: string;
  headers: OutgoingHttpHeaders;
  /** Bytes to send; a stream must be as long as `content-length` of the headers says. */
  body?: Buffer | string | Readable | undefined;
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  body: http.IncomingMessage;
}

/**
 * HTTP to one coordinator over connections that stay open: node:http, since a request on a warm connection costs it less
 * than half of what fetch takes, and nothing is loaded that the WebSocket has not loaded before.
 */
export class HttpClient {
  readonly #base: URL;
  readonly #agent: http.Agent;

  /**
   * @param base `http(s)://HOST[:PORT][/PATH]`
   * @param idleMs how long an exchange may stand still before it counts as broken
   */
  constructor(
    base: string,
    private readonly idleMs: number,
  ) {
    this.#base = new URL(base);
    const options = { keepAlive: true, maxSockets: 16 };
    this.#agent = this.#base.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  }

  /**
   * Sends a request and resolves with the answer, whatever its status.
   *
   * @throws BerthError `unreachable` when no answer came
   */
  async request(options: HttpRequest): Promise<HttpAnswer> {
    const { method, headers, body, signal } = options;
    const url = new URL(this.#base.pathname.replace(/\/$/, '') + options.path, this.#base);
    const send = this.#base.protocol === 'https:' ? https.request : http.request;
    return new Promise((resolve, reject) => {
      const request = send(url, { method, headers, agent: this.#agent, signal, timeout: this.idleMs });
      const fail = (cause: Error) => {
        if (body !== undefined && typeof body === 'object' && 'destroy' in body) body.destroy();
        reject(signal.aborted ? signal.reason : unreachable(url, cause));
      };
      request.on('timeout', () => request.destroy(new Error(`nothing moved for ${this.idleMs / 1000} s`)));
      request.on('error', fail);
      request.on('response', answer => {
        // A refusal may come before the body has gone out: there is no use in sending the rest.
        if (!request.writableEnded) answer.on('close', () => request.destroy());
        resolve({ status: answer.statusCode ?? 0, body: answer });
      });
      if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) request.end(body);
      else body.on('error', error => request.destroy(error)).pipe(request);
    });
  }

  /** Closes the connections that are open. */
  close(): void {
    this.#agent.destroy();
  }
}

function unreachable(url: URL, cause: Error): BerthError {
  return new BerthError('unreachable', `${url.origin} did not answer: ${cause.message}`, { cause });
}

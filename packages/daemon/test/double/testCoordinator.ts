import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type AttemptRef, DAEMON_SOCKET_PATH, type ErrorBody, PSK_HEADER, type Verdict } from '@berth/protocol';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { AttemptData, keepAttached, sendError, serveAttempt } from './attemptServer.js';
import { Mailbox } from './mailbox.js';
import { type ConnectionHost, TestConnection } from './testConnection.js';

export const TEST_PSK = 'a-psk-of-the-tests';

/**
 * A coordinator as far as one daemon sees it: real sockets, the real protocol, no scheduler. Tests say what it answers.
 */
export class TestCoordinator {
  /** The address to start a daemon with. */
  url = '';
  readonly connections = new Mailbox<TestConnection>();
  /** HTTP data of attempts by their token. */
  readonly attempts = new Map<string, AttemptData>();
  heartbeatMs = 10_000;
  /** The id that it knows every daemon by. */
  daemonId = randomUUID();
  notices: string[] = [];
  /** Answers the hello with `refused` instead of `welcome`. */
  refusal: { error: ErrorBody; final: boolean } | null = null;
  /** Answers the connect with this status instead of the upgrade. */
  upgradeStatus: number | null = null;
  /** Attempts on which the verdict is another than `yours`. */
  readonly verdicts = new Map<string, Partial<Verdict>>();
  /** Looks at each HTTP request first; true says that it has dealt with it. */
  intercept: (request: IncomingMessage, response: ServerResponse, path: string) => boolean | Promise<boolean> = () =>
    false;
  readonly requests: string[] = [];
  readonly #server = createServer((request, response) => void this.#onRequest(request, response));
  readonly #tokens = new Map<string, string>();
  readonly #host: ConnectionHost = {
    verdictOn: ref => this.#verdictOn(ref),
    onToken: (job, token) => void this.#tokens.set(job, token),
    onTerminal: ({ job, outcome, attached }) => {
      const token = this.#tokens.get(job);
      if (token !== undefined && attached !== undefined) keepAttached(this.attempt(token), outcome, attached);
    },
  };
  readonly #sockets = new Set<Socket>();
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

  /** Starts one that ends with the running test. */
  static async start(): Promise<TestCoordinator> {
    const coordinator = new TestCoordinator();
    await coordinator.listen(0);
    onTestFinished(() => coordinator.stop());
    return coordinator;
  }

  /** Accepts connections (again). */
  async listen(port: number): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection and accepts none. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise(resolve => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** The next daemon that has said hello and was welcomed. */
  connected(): Promise<TestConnection> {
    return this.connections.take(() => true);
  }

  /** Makes the HTTP data of an attempt. */
  attempt(token: string): AttemptData {
    const data = this.attempts.get(token) ?? new AttemptData();
    this.attempts.set(token, data);
    return data;
  }

  private constructor() {
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => {
      const right = request.headers[PSK_HEADER] === TEST_PSK || request.headers.authorization !== undefined;
      const status = this.upgradeStatus ?? (right ? null : 401);
      if (request.url !== DAEMON_SOCKET_PATH || status !== null) {
        const ours = '{"code":"psk_refused","message":"no such key"}';
        const body = this.upgradeStatus === null ? ours : '<html>No</html>';
        socket.end(
          `HTTP/1.1 ${status ?? 404} No\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        );
        return;
      }
      this.#webSockets.handleUpgrade(request, socket, head, webSocket => {
        void this.#greet(new TestConnection(webSocket, request.headers, this.#host));
      });
    });
  }

  async #greet(connection: TestConnection): Promise<void> {
    const hello = await connection.next('hello');
    if (this.refusal !== null) {
      connection.send({ type: 'refused', ...this.refusal });
      connection.socket.close(4003);
      return;
    }
    connection.send({
      type: 'welcome',
      protocol: hello.protocol,
      version: hello.version,
      daemon: this.daemonId,
      organization: { id: randomUUID(), name: hello.organization ?? 'default' },
      tags: { ...hello.tags, scope: hello.tags.scope ?? 'organization', owner: '' },
      heartbeatMs: this.heartbeatMs,
      attempts: hello.attempts.map(ref => this.#verdictOn(ref)),
      notices: this.notices,
    });
    this.connections.put(connection);
  }

  #verdictOn(ref: AttemptRef): Verdict {
    return { ...ref, verdict: 'yours', cancel: null, ...this.verdicts.get(`${ref.job}/${ref.attempt}`) };
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const path = url.pathname.replace('/api/v1/attempt/', '');
    this.requests.push(`${request.method} ${path}`);
    if (await this.intercept(request, response, path)) return;
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const data = this.attempts.get(token);
    if (data === undefined) return sendError(response, 'unauthenticated');
    await serveAttempt(data, url, request, response);
  }
}

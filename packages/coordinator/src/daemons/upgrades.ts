import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { BerthError, DAEMON_SOCKET_PATH, limits } from '@berth/protocol';
import type { WebSocket, WebSocketServer } from 'ws';
import type { PreSharedKeys } from '../access/preSharedKeys.js';
import type { Core } from '../core.js';
import { errorAnswer } from '../http/errorAnswer.js';
import { rawAnswer } from '../http/rawAnswer.js';
import { Connection } from './connection.js';
import { daemonActor } from './credential.js';

/** Code of a close by which a server says that it goes away for a while: daemons come back. */
const serviceRestart = 1012;

/**
 * Takes the WebSockets of daemons from the HTTP server. A credential that is refused is answered in HTTP, as JSON, before
 * there is a socket.
 */
export class Upgrades {
  readonly #core: Core;
  readonly #keys: PreSharedKeys;
  readonly #connections = new Set<Connection>();
  #sockets: Promise<WebSocketServer> | null = null;
  #stopped = false;

  constructor(core: Core, keys: PreSharedKeys) {
    this.#core = core;
    this.#keys = keys;
  }

  start(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      // Without a listener a connection that breaks now would end the process.
      socket.on('error', error => this.#core.log.debug({ err: error }, 'a connection broke before it was a WebSocket'));
      this.#upgrade(request, socket, head).catch(error => this.#refuse(socket, error));
    });
  }

  /** Closes every connection so that its daemon comes back, and resolves when all of them are closed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(
      [...this.#connections].map(async connection => {
        await connection.end(serviceRestart, 'the coordinator is stopping');
        await connection.closed;
      }),
    );
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (this.#stopped) throw new BerthError('unavailable', 'the coordinator is stopping');
    if (request.url?.split('?')[0] !== DAEMON_SOCKET_PATH) {
      throw new BerthError('not_found', `there is no WebSocket at ${request.url?.split('?')[0]}`);
    }
    const actor = await daemonActor(this.#core.store, this.#keys, request.headers);
    this.#sockets ??= loadSockets();
    const sockets = await this.#sockets;
    const webSocket = await new Promise<WebSocket>(resolve => sockets.handleUpgrade(request, socket, head, resolve));
    const connection = new Connection(this.#core, webSocket, actor);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    if (this.#stopped) await connection.end(serviceRestart, 'the coordinator is stopping');
  }

  #refuse(socket: Duplex, error: unknown): void {
    const answer = errorAnswer(error, this.#core.log);
    this.#core.log.warn({ code: answer.body.code }, 'a daemon was refused before it could say hello');
    rawAnswer(socket, answer);
  }
}

/** Loaded with the first daemon: a coordinator is ready sooner without it. */
async function loadSockets(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws');
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
  });
}

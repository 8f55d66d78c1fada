import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Duplex, Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode } from '@berth/protocol';
import { WebSocket, WebSocketServer } from 'ws';

/** What the network between a daemon and the coordinator does. */
export type Weather =
  | { kind: 'fair' }
  /** Connections are cut, new ones refused. */
  | { kind: 'cut' }
  /** Nothing arrives any more, in either direction, and nobody is told. */
  | { kind: 'half-open' }
  /** Everything arrives late. */
  | { kind: 'slow'; delayMs: number }
  /** Every message from the daemon arrives twice. */
  | { kind: 'doubled' }
  /** Two messages from the daemon change places. */
  | { kind: 'swapped' }
  /** The coordinator refuses every credential. */
  | { kind: 'refused' };

/** Stands between one daemon and the coordinator, on loopback, and does to what passes what the weather says. */
export class FaultyProxy {
  #weather: Weather = { kind: 'fair' };
  readonly #sockets = new Set<Socket>();
  readonly #pairs = new Set<{ daemon: WebSocket; coordinator: WebSocket }>();
  readonly #upgrades = new WebSocketServer({ noServer: true, maxPayload: 16 * 1024 * 1024 });
  readonly #server: Server;
  #toDamage = 0;
  #holdsStates = false;

  /** @param target port of the coordinator on loopback */
  constructor(private readonly target: () => number) {
    this.#server = createServer((incoming, answer) => void this.#forward(incoming, answer));
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      if (this.#weather.kind === 'cut') socket.destroy();
    });
    this.#server.on('upgrade', (incoming, socket, head) => this.#upgrade(incoming, socket, head));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  set weather(weather: Weather) {
    const silent = this.#weather.kind === 'half-open';
    this.#weather = weather;
    // What was swallowed is lost: a connection that lost a part of its stream cannot go on.
    if (silent || weather.kind === 'cut' || weather.kind === 'refused') this.#cutAll();
  }

  /** So many of the next states that pass arrive with a byte that was another one. */
  damageStates(count: number): void {
    this.#toDamage = count;
  }

  /** No state passes, and the daemon is told to try later. */
  set holdsStates(holds: boolean) {
    this.#holdsStates = holds;
  }

  async close(): Promise<void> {
    this.#cutAll();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #cutAll(): void {
    for (const { daemon, coordinator } of this.#pairs) {
      daemon.terminate();
      coordinator.terminate();
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  /** False when what would pass now never arrives. */
  async #passes(): Promise<boolean> {
    const weather = this.#weather;
    if (weather.kind === 'slow') await delay(weather.delayMs);
    return this.#weather.kind !== 'half-open' && this.#weather.kind !== 'cut';
  }

  async #forward(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (this.#weather.kind === 'refused') {
      refuse(answer, 401, 'unauthenticated');
      return;
    }
    const isState = incoming.method === 'PUT' && incoming.url?.includes('/states/') === true;
    if (isState && this.#holdsStates) {
      incoming.resume();
      refuse(answer, 503, 'unavailable');
      return;
    }
    // In silence the connection just stands there; the next weather cuts it.
    if (!(await this.#passes())) return;
    const { method, url, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port: this.target(), method, path: url, headers });
    onward.on('response', response => {
      void this.#passes().then(passes => {
        if (!passes) return;
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
        response.on('error', () => answer.destroy());
      });
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    incoming.on('error', () => onward.destroy());
    if (isState && this.#toDamage > 0) {
      this.#toDamage--;
      incoming.pipe(damaging()).pipe(onward);
    } else incoming.pipe(onward);
  }

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#weather.kind === 'refused') {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    if (this.#weather.kind === 'half-open') return;
    const { host, upgrade, connection, ...headers } = incoming.headers;
    const own = /^sec-websocket-(key|version|extensions)$/;
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !own.test(name)));
    const coordinator = new WebSocket(`ws://127.0.0.1:${this.target()}${incoming.url}`, { headers: kept });
    coordinator.on('error', () => socket.destroy());
    coordinator.on('unexpected-response', (_request, response) => {
      socket.write(`HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n`);
      const { 'transfer-encoding': _chunks, ...fields } = response.headers;
      for (const [name, value] of Object.entries({ ...fields, connection: 'close' }))
        socket.write(`${name}: ${value}\r\n`);
      socket.write('\r\n');
      response.pipe(socket);
    });
    coordinator.once('open', () => {
      // Nothing that comes before the other side is there may be lost.
      coordinator.pause();
      this.#upgrades.handleUpgrade(incoming, socket, head, daemon => {
        this.#join(daemon, coordinator);
        coordinator.resume();
      });
    });
  }

  #join(daemon: WebSocket, coordinator: WebSocket): void {
    const pair = { daemon, coordinator };
    this.#pairs.add(pair);
    const part = () => {
      this.#pairs.delete(pair);
      if (this.#weather.kind === 'half-open') return;
      daemon.terminate();
      coordinator.terminate();
    };
    for (const side of [daemon, coordinator]) side.on('close', part).on('error', part);
    const toDaemon = this.#lane(daemon);
    const toCoordinator = this.#lane(coordinator);
    coordinator.on('message', data => toDaemon([String(data)]));
    let held: string | null = null;
    daemon.on('message', data => {
      const frame = String(data);
      if (this.#weather.kind === 'doubled') toCoordinator([frame, frame]);
      else if (this.#weather.kind === 'swapped' && held === null) held = frame;
      else if (held !== null) {
        toCoordinator([frame, held]);
        held = null;
      } else toCoordinator([frame]);
    });
  }

  /** Sends in order, each when the weather lets it pass. */
  #lane(to: WebSocket): (frames: string[]) => void {
    let last: Promise<void> = Promise.resolve();
    return frames => {
      last = last.then(async () => {
        if (!(await this.#passes())) return;
        if (to.readyState !== WebSocket.OPEN) return;
        for (const frame of frames) to.send(frame);
      });
    };
  }
}

function refuse(answer: ServerResponse, status: number, code: ErrorCode): void {
  answer.writeHead(status, { 'content-type': 'application/json' });
  answer.end(JSON.stringify({ code, message: 'refused for a while', hint: null, fields: {} }));
}

/** Lets bytes pass, but one in the middle of each piece: what was JSON is none any more. */
function damaging(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const damaged = Buffer.from(chunk);
      damaged[Math.floor(damaged.length / 2)] = 0;
      done(null, damaged);
    },
  });
}

import { randomUUID } from 'node:crypto';
import { type Client, createClient } from '@berth/client';
import {
  type AttemptOutcome,
  type AttemptRef,
  type AttemptSpec,
  BERTH_VERSION,
  DAEMON_SOCKET_PATH,
  type Engine,
  type ErrorBody,
  errorBody,
  PROTOCOL_VERSION,
  PSK_HEADER,
  type ToCoordinator,
  type ToDaemon,
  toDaemon,
} from '@berth/protocol';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

type Received<T extends ToDaemon['type']> = Extract<ToDaemon, { type: T }>;
type Hello = Extract<ToCoordinator, { type: 'hello' }>;

export interface DaemonOptions {
  psk?: string;
  token?: string;
  name?: string;
  tags?: Record<string, string>;
  slots?: number;
  organization?: string | null;
  engine?: Engine;
  instance?: string;
  attempts?: AttemptRef[];
  /** Changes to the hello that its type does not allow. */
  hello?: Record<string, unknown>;
}

/** The other side of a real connection: speaks the daemon protocol as a test tells it to. */
export class TestDaemon {
  readonly #socket: WebSocket;
  readonly #url: string;
  readonly #unread: ToDaemon[] = [];
  /** Each takes the message that it waits for. */
  readonly #waiting: ((message: ToDaemon) => boolean)[] = [];
  /** Everything that came, in order. */
  readonly received: ToDaemon[] = [];
  /** Identity of its data directory, as it said hello. */
  instance = '';
  /** How the socket was closed. */
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(url: string, socket: WebSocket) {
    this.#url = url;
    this.#socket = socket;
    socket.on('message', data => this.#receive(toDaemon.parse(JSON.parse(data.toString()))));
    socket.on('error', () => socket.terminate());
    this.closed = new Promise(resolve => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    onTestFinished(async () => {
      socket.terminate();
      await this.closed;
    });
  }

  /** Opens the socket; the refusal when the coordinator answers in HTTP. */
  static open(
    url: string,
    options: Pick<DaemonOptions, 'psk' | 'token'>,
    path = DAEMON_SOCKET_PATH,
  ): Promise<{ daemon: TestDaemon } | { status: number; error: ErrorBody }> {
    const headers: Record<string, string> = {
      ...(options.psk === undefined ? {} : { [PSK_HEADER]: options.psk }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    };
    const socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
    const daemon = new TestDaemon(url, socket);
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve({ daemon }));
      socket.on('error', reject);
      socket.on('unexpected-response', async (_request, response) => {
        let text = '';
        for await (const piece of response) text += piece;
        resolve({ status: response.statusCode ?? 0, error: errorBody.parse(JSON.parse(text)) });
        socket.terminate();
      });
    });
  }

  /** Opens the socket and says hello; what came of it is the test's to read. */
  static async greet(url: string, options: DaemonOptions): Promise<TestDaemon> {
    const opened = await TestDaemon.open(url, options);
    if (!('daemon' in opened)) throw new Error(`refused: ${JSON.stringify(opened)}`);
    opened.daemon.hello(options);
    return opened.daemon;
  }

  /** Connects and waits to be welcomed. */
  static async connect(url: string, options: DaemonOptions): Promise<TestDaemon> {
    const daemon = await TestDaemon.greet(url, options);
    const first = await daemon.next('welcome', 'refused');
    if (first.type === 'refused') throw new Error(`refused: ${JSON.stringify(first.error)}`);
    return daemon;
  }

  hello(options: DaemonOptions): void {
    const hello = helloOf(options);
    this.instance = hello.instance;
    this.sendRaw(JSON.stringify({ ...hello, ...options.hello }));
  }

  get id(): string {
    return this.welcome.daemon;
  }

  get welcome(): Received<'welcome'> {
    const welcome = this.received.find(message => message.type === 'welcome');
    if (welcome === undefined) throw new Error('it was not welcomed');
    return welcome;
  }

  send(message: ToCoordinator): void {
    this.sendRaw(JSON.stringify(message));
  }

  sendRaw(frame: string | Buffer): void {
    this.#socket.send(frame);
  }

  /** The next message of one of these types that was not read yet, now or once it comes. Others stay unread. */
  next<T extends ToDaemon['type']>(...types: T[]): Promise<Received<T>> {
    return new Promise(resolve => {
      const read = (message: ToDaemon) => {
        if (!isType(message, types)) return false;
        resolve(message);
        return true;
      };
      const at = this.#unread.findIndex(read);
      if (at < 0) this.#waiting.push(read);
      else this.#unread.splice(at, 1);
    });
  }

  count(type: ToDaemon['type']): number {
    return this.received.filter(message => message.type === type).length;
  }

  /** Everything that it sent before has been acted on, and answered, when this resolves. */
  async heartbeat(attempts: AttemptRef[] = []): Promise<Received<'heartbeat_ack'>> {
    const seq = this.#seq++;
    this.send({ type: 'heartbeat', seq, attempts });
    return this.next('heartbeat_ack');
  }

  async accept(offer: AttemptRef, openGate = false): Promise<Attempt> {
    const ref = refOf(offer);
    this.send({ type: 'accept', ...ref, openGate });
    const { spec, gateOpen } = await this.next('accepted');
    return { ref, spec, gateOpen, http: createClient({ url: this.#url, token: spec.token }) };
  }

  /** Takes the next offer. */
  async take(openGate = false): Promise<Attempt> {
    return this.accept(await this.next('offer'), openGate);
  }

  async settle(ref: AttemptRef, outcome: Partial<AttemptOutcome> = {}): Promise<void> {
    this.send({ type: 'terminal', ...refOf(ref), outcome: { error: null, state: null, result: false, ...outcome } });
    await this.next('settled');
  }

  /** Goes away without a word. */
  vanish(): void {
    this.#socket.terminate();
  }

  /** Stops reading, as a stopped process does: pings stay unanswered. */
  freeze(): void {
    this.#socket.pause();
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  #seq = 1;

  #receive(message: ToDaemon): void {
    this.received.push(message);
    const at = this.#waiting.findIndex(read => read(message));
    if (at < 0) this.#unread.push(message);
    else this.#waiting.splice(at, 1);
  }
}

/** An attempt that a test daemon has accepted. */
export interface Attempt {
  ref: AttemptRef;
  spec: AttemptSpec;
  gateOpen: boolean;
  /** With the token of the attempt. */
  http: Client;
}

function helloOf(options: DaemonOptions): Hello {
  return {
    type: 'hello',
    protocol: PROTOCOL_VERSION,
    version: BERTH_VERSION,
    name: options.name ?? 'daemon',
    organization: options.organization ?? null,
    tags: options.tags ?? {},
    slots: options.slots ?? 1,
    engine: options.engine ?? { name: 'terraform', version: '1.11.4' },
    platform: 'linux_amd64',
    hostname: 'test',
    instance: options.instance ?? randomUUID(),
    sandbox: 'none',
    attempts: options.attempts ?? [],
  };
}

function refOf({ job, attempt }: AttemptRef): AttemptRef {
  return { job, attempt };
}

function isType<T extends ToDaemon['type']>(message: ToDaemon, types: T[]): message is Received<T> {
  return types.some(type => type === message.type);
}

import {
  type AttemptRef,
  BerthError,
  closeCodes,
  errorBody,
  limits,
  readFrame,
  type ToCoordinator,
  type ToDaemon,
  toDaemon,
  type Verdict,
} from '@berth/protocol';
import { secondsSinceBoot } from '@berth/terraform';
import WebSocket from 'ws';
import { type Credential, credentialHeaders } from '../credential.js';
import type { DaemonTimings } from '../timings.js';

export type Hello = Extract<ToCoordinator, { type: 'hello' }>;
export type Welcome = Extract<ToDaemon, { type: 'welcome' }>;
/** What the rest of the daemon gets to see of the coordinator's messages. */
export type Incoming = Exclude<ToDaemon, { type: 'welcome' | 'refused' | 'heartbeat_ack' }>;

export interface SessionListener {
  onWelcome(welcome: Welcome): void;
  onMessage(message: Incoming): void;
  /**
   * The coordinator has answered a heartbeat, or the hello.
   *
   * @param sentAt when the message that it answers was sent, seconds since boot
   */
  onVerdicts(verdicts: Verdict[], sentAt: number): void;
  /** The attempts to name in the next heartbeat. */
  heldAttempts(): AttemptRef[];
}

export interface SessionEnd {
  /** Whether the coordinator had let the daemon in. */
  welcomed: boolean;
  error: BerthError;
  /** Trying again with the same credential, name and tags will not help. */
  final: boolean;
}

/**
 * One WebSocket connection, from connect to close.
 *
 * connecting, then greeting (hello sent), then open (welcomed), then closed; from each of the first three an error, a
 * time-out or {@link close} leads to closed, which is told once, by `ended`. Timers: `connectMs` for the first two
 * states; in the third a heartbeat every `heartbeatMs` of the welcome, and the end of the connection once
 * `silentHeartbeats` of these have passed without any frame of the coordinator (a half-open connection gives no error).
 */
export class Session {
  readonly ended: Promise<SessionEnd>;
  readonly #socket: WebSocket;
  readonly #heartbeats = new Map<number, number>();
  #state: 'connecting' | 'greeting' | 'open' | 'closed' = 'connecting';
  #helloSentAt = 0;
  #seq = 0;
  #framesSince = 0;
  #timer: NodeJS.Timeout | undefined;
  #resolveEnded: (end: SessionEnd) => void = () => undefined;

  constructor(
    address: string,
    credential: Credential,
    private readonly hello: Hello,
    private readonly listener: SessionListener,
    private readonly timings: DaemonTimings,
  ) {
    this.ended = new Promise(resolve => {
      this.#resolveEnded = resolve;
    });
    this.#timer = setTimeout(() => this.#fail('unreachable', 'the coordinator did not answer'), timings.connectMs);
    this.#socket = new WebSocket(address, {
      headers: credentialHeaders(credential),
      maxPayload: limits.frameBytes,
      perMessageDeflate: false,
    });
    this.#socket.on('open', () => this.#onOpen());
    this.#socket.on('message', (data, isBinary) => this.#onFrame(data, isBinary));
    this.#socket.on('ping', () => this.#onSignOfLife());
    this.#socket.on('close', code => this.#fail('unreachable', `the coordinator closed the connection (${code})`));
    this.#socket.on('error', error => this.#fail('unreachable', error.message, { cause: error }));
    this.#socket.on('unexpected-response', (_, response) => {
      void readRefusal(response).then(error => this.#end(error, error.status === 401 || error.status === 403));
    });
  }

  /** Sends a message; false when there is no open connection, and it was dropped. */
  send(message: ToCoordinator): boolean {
    if (this.#state !== 'open') return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Ends the connection in order. Twice is fine. */
  close(): void {
    this.#fail('unreachable', 'the daemon closed the connection');
  }

  #onOpen(): void {
    this.#state = 'greeting';
    this.#helloSentAt = secondsSinceBoot();
    this.#socket.send(JSON.stringify(this.hello));
  }

  #onFrame(data: WebSocket.RawData, isBinary: boolean): void {
    if (this.#state === 'closed') return;
    this.#onSignOfLife();
    try {
      if (isBinary) throw new BerthError('invalid_request', 'the message is not text');
      this.#onMessage(readFrame(toDaemon, data.toString()));
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      this.#socket.close(closeCodes.badFrame, error.message.slice(0, 100));
      this.#end(error, false);
    }
  }

  #onMessage(message: ToDaemon): void {
    if (message.type === 'refused') {
      this.#end(BerthError.fromBody(message.error), message.final);
    } else if (message.type === 'welcome') {
      this.#onWelcome(message);
    } else if (this.#state !== 'open') {
      throw new BerthError('invalid_request', `the coordinator sent '${message.type}' before its welcome`);
    } else if (message.type === 'heartbeat_ack') {
      const sentAt = this.#heartbeats.get(message.seq);
      if (sentAt === undefined) return;
      for (const seq of this.#heartbeats.keys()) if (seq <= message.seq) this.#heartbeats.delete(seq);
      this.listener.onVerdicts(message.attempts, sentAt);
    } else {
      this.listener.onMessage(message);
    }
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#state !== 'greeting') throw new BerthError('invalid_request', 'the coordinator sent a second welcome');
    this.#state = 'open';
    clearTimeout(this.#timer);
    this.#timer = setInterval(() => this.#beat(), welcome.heartbeatMs);
    this.listener.onWelcome(welcome);
    this.listener.onVerdicts(welcome.attempts, this.#helloSentAt);
  }

  #beat(): void {
    this.#framesSince += 1;
    if (this.#framesSince > this.timings.silentHeartbeats) {
      this.#fail('unreachable', `the coordinator was silent for ${this.timings.silentHeartbeats} heartbeats`);
      return;
    }
    this.#seq += 1;
    this.#heartbeats.set(this.#seq, secondsSinceBoot());
    this.send({ type: 'heartbeat', seq: this.#seq, attempts: this.listener.heldAttempts() });
  }

  #onSignOfLife(): void {
    this.#framesSince = 0;
  }

  #fail(code: 'unreachable', message: string, more: { cause?: unknown } = {}): void {
    this.#end(new BerthError(code, message, more), false);
  }

  #end(error: BerthError, final: boolean): void {
    if (this.#state === 'closed') return;
    const welcomed = this.#state === 'open';
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#closeSocket();
    this.#resolveEnded({ welcomed, error, final });
  }

  /** In order if the peer answers; a half-open or unfinished connection is cut. */
  #closeSocket(): void {
    const socket = this.#socket;
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    if (socket.readyState === WebSocket.OPEN) socket.close();
    if (socket.readyState !== WebSocket.CLOSING) return;
    const cut = setTimeout(() => socket.terminate(), CLOSE_MS);
    socket.once('close', () => clearTimeout(cut));
  }
}

/** How long the peer may take to answer a close. */
const CLOSE_MS = 1_000;

/** The most of a refusal's body that is read. */
const REFUSAL_BYTES = 64 * 1024;

/** Makes the error of an HTTP answer that came instead of the upgrade. */
async function readRefusal(response: AsyncIterable<Buffer> & { statusCode?: number | undefined }): Promise<BerthError> {
  const status = response.statusCode ?? 0;
  let text = '';
  try {
    for await (const chunk of response) {
      text += chunk.toString();
      if (text.length > REFUSAL_BYTES) break;
    }
    const body = errorBody.safeParse(JSON.parse(text));
    if (body.success && BerthError.fromBody(body.data).status === status) return BerthError.fromBody(body.data);
  } catch {
    // Not an answer of ours: a proxy's page perhaps. Its status says enough.
  }
  if (status === 401) return new BerthError('unauthenticated', 'the coordinator refused the credential (401)');
  if (status === 403) return new BerthError('forbidden', 'the coordinator refused this daemon (403)');
  return new BerthError('unreachable', `the coordinator answered ${status}`);
}

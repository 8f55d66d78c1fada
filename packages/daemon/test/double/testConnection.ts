import {
  type AttemptRef,
  readFrame,
  type ToCoordinator,
  type ToDaemon,
  toCoordinator,
  type Verdict,
} from '@berth/protocol';
import type { WebSocket } from 'ws';
import { Mailbox } from './mailbox.js';

type Said<K extends ToCoordinator['type']> = Extract<ToCoordinator, { type: K }>;

/** What a connection asks of its coordinator, and tells it. */
export interface ConnectionHost {
  verdictOn: (ref: AttemptRef) => Verdict;
  /** An attempt was given its token. */
  onToken: (job: string, token: string) => void;
  onTerminal: (message: Said<'terminal'>) => void;
}

/** One connection of a daemon, seen from the coordinator. Heartbeats are answered unless {@link silent}. */
export class TestConnection {
  readonly said = new Mailbox<ToCoordinator>();
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  /** Answers no heartbeat. */
  silent = false;

  constructor(
    readonly socket: WebSocket,
    readonly headers: Record<string, string | string[] | undefined>,
    private readonly host: ConnectionHost,
  ) {
    this.closed = new Promise(resolve => socket.on('close', resolve));
    socket.on('message', data => this.#onMessage(readFrame(toCoordinator, data.toString())));
  }

  /** The next message of a type that was not taken yet. */
  next<K extends ToCoordinator['type']>(type: K): Promise<Said<K>> {
    return this.said.take((message): message is Said<K> => message.type === type);
  }

  /** The next message of a type about a job. */
  nextOf<K extends 'accept' | 'open_gate' | 'terminal'>(type: K, job: string): Promise<Said<K>> {
    return this.said.take(
      (message): message is Said<K> => message.type === type && 'job' in message && message.job === job,
    );
  }

  /** How many messages of a type have come. */
  count(type: ToCoordinator['type']): number {
    return this.said.all.filter(message => message.type === type).length;
  }

  send(message: ToDaemon): void {
    if (message.type === 'accepted') this.host.onToken(message.spec.job, message.spec.token);
    this.socket.send(JSON.stringify(message));
  }

  /** Sends a frame that need not be a message. */
  sendRaw(frame: string | Buffer): void {
    this.socket.send(frame);
  }

  /** Breaks the connection without a word. */
  cut(): void {
    this.socket.terminate();
  }

  #onMessage(message: ToCoordinator): void {
    if (message.type === 'terminal') this.host.onTerminal(message);
    this.said.put(message);
    if (message.type !== 'heartbeat' || this.silent) return;
    this.send({ type: 'heartbeat_ack', seq: message.seq, attempts: message.attempts.map(this.host.verdictOn) });
  }
}

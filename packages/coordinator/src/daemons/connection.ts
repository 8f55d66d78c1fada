import { type AttemptRef, BerthError, closeCodes, type ToDaemon } from '@berth/protocol';
import type { RawData, WebSocket } from 'ws';
import type { Core } from '../core.js';
import { errorAnswer } from '../http/errorAnswer.js';
import type { DaemonActor } from './credential.js';
import { greet } from './greet.js';
import type { Link, LiveDaemon } from './liveDaemon.js';
import { type DaemonMessage, handleMessage } from './messages.js';
import { type Frame, readDaemonFrame } from './readDaemonFrame.js';
import { SignsOfLife } from './signsOfLife.js';

/** Frames that may wait to be acted on before the socket is no longer read. */
const maxWaiting = 64;
/** What may wait to be sent before the daemon counts as gone: many times what one that reads ever has. */
const maxUnsentBytes = 16 * 1024 * 1024;
/** How long the other side has to answer the closing of the socket. */
const closeMs = 2_000;

/**
 * One daemon's WebSocket. States:
 * - greeting: from the start until its hello is welcomed; ended by a refusal, or when no hello comes in time;
 * - serving: its messages are acted on, one after the other;
 * - ended: from the socket's end, or our decision to end it. What it had been offered goes back to the queue; what it
 *   had accepted stays its own, as long as the lease runs.
 *
 * Timers: one until the hello, the signs of life, and one that cuts a socket whose closing is not answered.
 */
export class Connection implements Link {
  /** Resolves when the socket is closed and everything that it held has been seen to. */
  readonly closed: Promise<void>;
  readonly #core: Core;
  readonly #socket: WebSocket;
  readonly #actor: DaemonActor;
  readonly #life: SignsOfLife;
  readonly #helloTimer: NodeJS.Timeout;
  #closeTimer: NodeJS.Timeout | null = null;
  #daemon: LiveDaemon | null = null;
  /** Frames one after the other, and at last the clean-up. */
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** We have ended it: frames that still wait are not acted on. */
  #dropping = false;
  #finished: Promise<void> | null = null;

  constructor(core: Core, socket: WebSocket, actor: DaemonActor) {
    this.#core = core;
    this.#socket = socket;
    this.#actor = actor;
    this.#life = new SignsOfLife(socket, core.settings.timings.pingMs, () => this.#checkToken());
    this.#helloTimer = setTimeout(() => {
      this.#refuse(new BerthError('invalid_request', 'no hello came in time'), false);
    }, core.settings.timings.helloMs);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', error => core.log.warn({ err: error, daemon: this.#name }, 'the socket of a daemon failed'));
    this.closed = new Promise(resolve => {
      socket.on('close', code => {
        core.log.info({ daemon: this.#name, code }, 'a daemon has disconnected');
        if (this.#closeTimer !== null) clearTimeout(this.#closeTimer);
        resolve(this.#finish());
      });
    });
  }

  send(message: ToDaemon): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    if (this.#socket.bufferedAmount > maxUnsentBytes) this.#socket.terminate();
  }

  end(code: number, reason: string): Promise<void> {
    if (!this.#dropping) {
      this.#dropping = true;
      // A reason longer than this is refused by the protocol of WebSockets.
      this.#socket.close(code, reason.slice(0, 100));
      this.#closeTimer = setTimeout(() => this.#socket.terminate(), closeMs);
    }
    return this.#finish();
  }

  answers(ms: number): Promise<boolean> {
    return this.#life.answers(ms);
  }

  get #name(): string | undefined {
    return this.#daemon?.record.name;
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (++this.#waiting === maxWaiting) this.#socket.pause();
    this.#queue = this.#queue.then(async () => {
      try {
        if (!this.#dropping) await this.#act(readDaemonFrame(data, isBinary, this.#daemon === null));
      } catch (error) {
        // What it did not foresee may have left it in any state: the daemon comes back with a new connection.
        this.#core.log.error({ err: error, daemon: this.#name }, 'a connection failed');
        this.#socket.terminate();
      }
      if (this.#waiting-- === maxWaiting) this.#socket.resume();
    });
  }

  async #act(frame: Frame): Promise<void> {
    clearTimeout(this.#helloTimer);
    if (frame.kind === 'bad') return this.#badFrame(frame.error);
    try {
      if (frame.kind === 'refused') throw frame.error;
      if (frame.kind === 'hello') {
        this.#daemon = await greet(this.#core, this.#actor, this, frame.hello);
        this.#logConnected(this.#daemon);
        void this.#core.scheduler.fill(this.#daemon);
      } else if (this.#daemon !== null) {
        await handleMessage(this.#core, this.#daemon, frame.message);
      }
    } catch (error) {
      if (this.#daemon === null || frame.kind !== 'message') this.#refuse(error, isFinal(error));
      else this.#answerError(this.#daemon, frame.message, error);
    }
  }

  /** The peer speaks something else: nothing that follows could be trusted. */
  #badFrame(error: BerthError): void {
    this.#core.log.warn({ err: error, daemon: this.#name }, 'a daemon sent what is no message');
    this.send({ type: 'problem', error: error.toBody(), about: null, retry: false });
    void this.end(closeCodes.badFrame, error.message);
  }

  #refuse(error: unknown, final: boolean): void {
    const { body } = errorAnswer(error, this.#core.log);
    this.#core.log.warn({ code: body.code, message: body.message, final }, 'a daemon was refused');
    this.send({ type: 'refused', error: body, final });
    void this.end(closeCodes.refused, body.message);
  }

  #answerError(daemon: LiveDaemon, message: DaemonMessage, error: unknown): void {
    const about = 'job' in message ? refOf(message) : null;
    const code = error instanceof BerthError ? error.code : 'internal';
    // An accept of a job that is not there any more. A terminal message gets not_found for what was not uploaded.
    if (about !== null && (code === 'fenced' || (code === 'not_found' && message.type === 'accept'))) {
      this.#core.log.info({ ...about, daemon: daemon.record.name, type: message.type }, 'fenced an attempt');
      daemon.fence(about, 'another attempt owns the job, or it has ended');
      return;
    }
    const { body } = errorAnswer(error, this.#core.log);
    this.#core.log.warn(
      { ...about, code, daemon: daemon.record.name, type: message.type },
      'could not act on a message',
    );
    this.send({ type: 'problem', error: body, about, retry: code === 'unavailable' || code === 'internal' });
  }

  #checkToken(): void {
    const expiresAt = this.#daemon?.token?.expiresAt ?? null;
    if (expiresAt === null || expiresAt > this.#core.clock.now()) return;
    this.#refuse(new BerthError('unauthenticated', 'the token that the daemon came with has expired'), true);
  }

  #logConnected({ record }: LiveDaemon): void {
    const { name, tags, version, engine, slots } = record;
    const as = this.#actor.kind === 'key' ? `key ${this.#actor.name}` : `user ${this.#actor.user.username}`;
    this.#core.log.info(
      { daemon: name, organization: record.organization.name, as, tags, version, engine, slots },
      'a daemon has connected',
    );
  }

  #finish(): Promise<void> {
    this.#life.stop();
    clearTimeout(this.#helloTimer);
    this.#finished ??= this.#queue.then(() => this.#cleanUp());
    return this.#finished;
  }

  async #cleanUp(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === null) return;
    const { live, scheduler, store, changes, log } = this.#core;
    live.remove(daemon);
    if (daemon.resting !== null) clearTimeout(daemon.resting);
    try {
      for (const ref of daemon.slots.offers()) await scheduler.withdraw(daemon, ref, 'disconnected');
      await store.daemons.disconnected(daemon.id);
    } catch (error) {
      log.error({ err: error, daemon: daemon.record.name }, 'could not note that a daemon has gone');
    }
    changes.waiting.publish(daemon.capabilities.organization);
  }
}

/** Whether coming again with the same hello could not help. */
function isFinal(error: unknown): boolean {
  return error instanceof BerthError && error.code !== 'unavailable' && error.status < 500;
}

function refOf({ job, attempt }: AttemptRef): AttemptRef {
  return { job, attempt };
}

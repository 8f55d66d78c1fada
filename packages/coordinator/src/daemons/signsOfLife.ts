import type { WebSocket } from 'ws';

/**
 * Finds connections whose other side has gone without a word. Every interval it pings; whatever comes is a sign of life.
 * A socket is cut after two intervals without one: after only one, a coordinator that had itself been stopped would cut
 * everybody before it reads the answers that have arrived meanwhile.
 */
export class SignsOfLife {
  readonly #socket: WebSocket;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting = new Set<() => void>();
  #silentIntervals = 0;

  /** @param onInterval called at each interval, for what else is to be looked at from time to time */
  constructor(socket: WebSocket, pingMs: number, onInterval: () => void) {
    this.#socket = socket;
    this.#timer = setInterval(() => {
      if (this.#silentIntervals++ >= 2) return socket.terminate();
      socket.ping();
      onInterval();
    }, pingMs);
    socket.on('pong', () => this.#sign());
    socket.on('message', () => this.#sign());
  }

  /** Asks for a sign of life; false when none comes within `ms`. */
  answers(ms: number): Promise<boolean> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve(false);
    return new Promise(resolve => {
      const done = (alive: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(heard);
        this.#socket.off('close', gone);
        resolve(alive);
      };
      const heard = () => done(true);
      const gone = () => done(false);
      const timer = setTimeout(gone, ms);
      this.#waiting.add(heard);
      this.#socket.once('close', gone);
      this.#socket.ping();
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sign(): void {
    this.#silentIntervals = 0;
    for (const heard of this.#waiting) heard();
  }
}

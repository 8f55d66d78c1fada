import { BerthError, limits } from '@berth/protocol';
import type { Spool } from './spool.js';

/** How often in a row the coordinator may say that it lacks entries before the log is given up. */
const MOST_GAPS = 5;

/**
 * Hands the lines of a spool to the coordinator, in order, one batch at a time. Where the coordinator has fewer entries
 * than it had acknowledged (it came back from an older backup, say), everything is sent again; where it has more, since
 * an earlier process sent them, they are passed over.
 */
export class LogSender {
  /** Offset behind the last batch that was acknowledged. */
  #offset: number;
  /** Number of the last entry that the coordinator is known to have. */
  #stored = 0;
  #gaps = 0;

  /**
   * @param send sends a batch (a JSON text) and returns the number of the last entry stored; tries again by itself
   * @param batchBytes most bytes of a batch, unless one entry is larger
   */
  constructor(
    private readonly spool: Spool,
    private readonly send: (batch: string) => Promise<number>,
    private readonly batchBytes: number,
  ) {
    this.#offset = spool.found.begin;
  }

  /** Whether every line is acknowledged. */
  get isDone(): boolean {
    return this.#offset >= this.spool.sizeBytes;
  }

  /** Size of what is not acknowledged. */
  get waitingBytes(): number {
    return Math.max(0, this.spool.sizeBytes - this.#offset);
  }

  /** The lines that are not acknowledged; few of them, as the caller knows from their size. */
  waiting(): string[] {
    const all: string[] = [];
    for (let at = this.#offset; at < this.spool.sizeBytes; ) {
      const { lines, end } = this.spool.read(at, this.spool.sizeBytes - at);
      all.push(...lines);
      at = end;
    }
    return all;
  }

  /** Sends the next batch. Throws what ended the sending for good. */
  async sendNext(): Promise<void> {
    const { lines, end } = this.spool.read(this.#offset, Math.min(this.batchBytes, limits.logBatchBytes));
    const last = numberOf(lines.at(-1));
    if (last > this.#stored) this.#stored = await this.#send(lines);
    if (last > this.#stored) {
      this.#gaps += 1;
      if (this.#gaps === MOST_GAPS) throw new BerthError('log_gap', `the coordinator does not take entry ${last}`);
      this.#offset = this.spool.found.begin;
      this.#stored = 0;
      return;
    }
    this.#gaps = 0;
    this.#offset = end;
    this.spool.release(end);
  }

  async #send(lines: readonly string[]): Promise<number> {
    try {
      return await this.send(`{"entries":[${lines.join(',')}]}`);
    } catch (error) {
      if (error instanceof BerthError && error.code === 'log_gap') return 0;
      throw error;
    }
  }
}

/** Number of the entry on a line; 0 for no line. */
function numberOf(line: string | undefined): number {
  return line === undefined ? 0 : Number(/^\{"n":(\d+),/.exec(line)?.[1] ?? 0);
}

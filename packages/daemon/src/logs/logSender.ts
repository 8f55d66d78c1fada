import { BerthError, limits } from '@berth/protocol';
import type { Spool } from './spool.js';

/** How often in a row the coordinator may say that it lacks entries before the log is given up. */
const MOST_GAPS = 5;

/**
 * Hands the lines of a spool to the coordinator, in order, one batch at a time. Line N is entry N. Where the coordinator
 * has fewer entries than it had acknowledged (it came back from an older backup, say), everything is sent again.
 */
export class LogSender {
  /** Ends of the batches that were acknowledged: number of the last entry, and the offset behind it. */
  #acknowledged = { number: 0, offset: 0 };
  #gaps = 0;

  /**
   * @param send sends a batch (a JSON text) and returns the number of the last entry stored; tries again by itself
   * @param batchBytes most bytes of a batch, unless one entry is larger
   */
  constructor(
    private readonly spool: Spool,
    private readonly send: (batch: string) => Promise<number>,
    private readonly batchBytes: number,
  ) {}

  /** Whether every line is acknowledged. */
  get isDone(): boolean {
    return this.#acknowledged.offset >= this.spool.sizeBytes;
  }

  get hasSent(): boolean {
    return this.#acknowledged.offset > 0;
  }

  /** Sends the next batch. Throws what ended the sending for good. */
  async sendNext(): Promise<void> {
    const { number, offset } = this.#acknowledged;
    const { lines, end } = this.spool.read(offset, Math.min(this.batchBytes, limits.logBatchBytes));
    const last = number + lines.length;
    if ((await this.#stored(lines)) >= last) {
      this.#gaps = 0;
      this.#acknowledged = { number: last, offset: end };
      this.spool.release(end);
      return;
    }
    this.#gaps += 1;
    if (this.#gaps === MOST_GAPS) throw new BerthError('log_gap', `the coordinator does not take entry ${last}`);
    this.#acknowledged = { number: 0, offset: 0 };
  }

  async #stored(lines: readonly string[]): Promise<number> {
    try {
      return await this.send(`{"entries":[${lines.join(',')}]}`);
    } catch (error) {
      if (error instanceof BerthError && error.code === 'log_gap') return 0;
      throw error;
    }
  }
}

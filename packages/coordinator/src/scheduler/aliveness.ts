import { guardHolds } from '@berth/protocol';

/**
 * Since when this coordinator has been listening without a gap. A lease may only run out in time in which the daemon
 * could have renewed it: after a start, and after the process was stopped or stalled, every daemon first gets one whole
 * lease to be heard again.
 */
export class Aliveness {
  #listeningSince: number;
  #lastBeat: number;

  /**
   * @param leaseMs length of a lease
   * @param gapMs a beat that comes later than this after the last one means that the process was not listening
   * @param now the clock that leases are reckoned by: when it is set forward, all of them would run out at once, and that
   *   looks like a gap, too
   */
  constructor(
    private readonly leaseMs: number,
    private readonly gapMs: number,
    private readonly now: () => number,
  ) {
    this.#listeningSince = now();
    this.#lastBeat = this.#listeningSince;
  }

  /** Asked at each round of the reaper, which is its beat. */
  leasesMayRunOut(): boolean {
    const now = this.now();
    if (now - this.#lastBeat > this.gapMs || now < this.#lastBeat) this.#listeningSince = now;
    this.#lastBeat = now;
    if (!guardHolds('coordinator.aliveness')) return true;
    return now - this.#listeningSince >= this.leaseMs;
  }
}

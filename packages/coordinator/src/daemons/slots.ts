import type { AttemptRef, Verdict } from '@berth/protocol';

/**
 * The slots of one connected daemon, as the coordinator counts them. A slot is free or taken by:
 * - a claim: the store is being asked for a job for it;
 * - an offer, until it is accepted, declined, withdrawn or its timer fires;
 * - an attempt that the daemon holds, until it is settled, handed back or fenced;
 * - an attempt that was fenced, until the daemon's heartbeat no longer reports it: its terraform is still being ended.
 *
 * A timer per offer belongs to it; whatever ends the offer ends the timer.
 */
export class Slots {
  #claims = 0;
  readonly #offers = new Map<string, { ref: AttemptRef; timer: NodeJS.Timeout }>();
  readonly #held = new Set<string>();
  #ending = new Set<string>();

  constructor(readonly count: number) {}

  get free(): number {
    return Math.max(0, this.count - this.#claims - this.#offers.size - this.#held.size - this.#ending.size);
  }

  /** Takes a free slot for the time of a claim; the returned function gives it back. */
  claim(): () => void {
    this.#claims++;
    return () => {
      this.#claims--;
    };
  }

  offer(ref: AttemptRef, offerMs: number, onExpired: () => void): void {
    this.#offers.set(key(ref), { ref, timer: setTimeout(onExpired, offerMs) });
  }

  /** Ends an offer. False when it is none (any more), so that of two who end it only one goes on. */
  endOffer(ref: AttemptRef): boolean {
    const offer = this.#offers.get(key(ref));
    if (offer === undefined) return false;
    clearTimeout(offer.timer);
    return this.#offers.delete(key(ref));
  }

  offers(): AttemptRef[] {
    return [...this.#offers.values()].map(({ ref }) => ref);
  }

  /** The daemon has the attempt; an offer of it ends. */
  hold(ref: AttemptRef): void {
    this.endOffer(ref);
    this.#ending.delete(key(ref));
    this.#held.add(key(ref));
  }

  holds(ref: AttemptRef): boolean {
    return this.#held.has(key(ref));
  }

  /** The slot is free again: the attempt has ended on the daemon, too. */
  release(ref: AttemptRef): void {
    this.endOffer(ref);
    this.#held.delete(key(ref));
    this.#ending.delete(key(ref));
  }

  /** The attempt no longer counts, but its terraform may still run on the daemon. */
  fence(ref: AttemptRef): void {
    if (this.#held.delete(key(ref))) this.#ending.add(key(ref));
  }

  /**
   * What the store says of the attempts that the daemon reports: those that ended without its knowledge give their slot
   * back, the fenced ones only once they are reported no more.
   */
  judge(verdicts: readonly Verdict[]): void {
    for (const ref of verdicts) if (ref.verdict !== 'yours') this.#held.delete(key(ref));
    this.#ending = new Set(verdicts.filter(({ verdict }) => verdict === 'fenced').map(key));
  }
}

function key({ job, attempt }: AttemptRef): string {
  return `${job} ${attempt}`;
}

import { BerthError } from '@berth/protocol';
import type { Clock } from '@berth/store';

const windowMs = 60_000;
/** Failed tries a minute from one address at one name, and from one address at any name. */
const maxAtName = 10;
const maxFromAddress = 100;
/** Bounds the memory that somebody who invents names can take: beyond it the oldest counts are forgotten. */
const maxCounts = 10_000;

interface Count {
  tries: number;
  until: number;
}

/** One try. Unless one of these is called, it counts as failed. */
interface LoginTry {
  /** It was right: earlier ones at the name no longer count either. */
  succeeded(): void;
  /** Nobody could say whether it was right, since the database was away. */
  notJudged(): void;
}

/** Counts logins that have not succeeded and refuses to try more of them for a while. */
export class LoginLimit {
  readonly #counts = new Map<string, Count>();

  constructor(private readonly clock: Clock) {}

  /**
   * Counts a try before it is made, so that many at once count as well.
   *
   * @throws BerthError `too_many_requests`
   */
  begin(address: string, login: string): LoginTry {
    const atName = this.#count(`${address} ${login.toLowerCase()}`);
    const fromAddress = this.#count(address);
    if (atName.tries >= maxAtName || fromAddress.tries >= maxFromAddress) {
      throw new BerthError('too_many_requests', 'too many failed logins');
    }
    atName.tries++;
    fromAddress.tries++;
    return {
      succeeded: () => {
        atName.tries = 0;
        fromAddress.tries--;
      },
      notJudged: () => {
        atName.tries--;
        fromAddress.tries--;
      },
    };
  }

  #count(key: string): Count {
    const now = this.clock.now();
    const known = this.#counts.get(key);
    if (known !== undefined && known.until > now) return known;
    const fresh = { tries: 0, until: now + windowMs };
    this.#counts.delete(key);
    this.#counts.set(key, fresh);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > maxCounts && oldest !== undefined) this.#counts.delete(oldest);
    return fresh;
  }
}

import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { BerthError } from '@berth/protocol';
import type { Options } from '@node-rs/argon2';

/** argon2id with 19 MiB, two passes, one lane: the second of the parameter sets that OWASP's password sheet names. */
const parameters: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Checks in progress take memory and a core each; more than these wait, and more than `maxWaiting` are refused. */
const maxAtOnce = Math.max(1, Math.min(4, availableParallelism() - 1));
const maxWaiting = 50;

/** Hashes and compares passwords. The library is loaded when it is first needed. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #decoy: Promise<string> | null = null;

  async hash(password: string): Promise<string> {
    return this.#turn(async () => (await import('@node-rs/argon2')).hash(password, parameters));
  }

  /**
   * Whether the password is the one that was hashed. Without a hash (no such user) the same work is done against a decoy,
   * so that the time does not tell which names exist; nobody knows the password of the decoy.
   */
  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    // Made before either path, or the first login with an unknown name would take longer.
    this.#decoy ??= this.hash(randomBytes(16).toString('hex'));
    const decoy = await this.#decoy;
    return this.#turn(async () => (await import('@node-rs/argon2')).verify(passwordHash ?? decoy, password));
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= maxAtOnce) {
      if (this.#waiting.length >= maxWaiting) throw new BerthError('unavailable', 'too many logins at once');
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { BerthError } from '@berth/protocol';
import type { PreSharedKey } from '../options.js';
import type { KeyActor } from './actor.js';

/** The pre-shared keys that daemons may come with, and the one of the built-in daemons, made anew at each start. */
export class PreSharedKeys {
  /** Only the child process of the built-in daemons gets it. */
  readonly builtInSecret = `berth_bin_${randomBytes(32).toString('base64url')}`;
  readonly #keys: readonly { digest: Buffer; actor: KeyActor }[];
  readonly #anyGiven: boolean;

  constructor(psks: readonly PreSharedKey[]) {
    this.#anyGiven = psks.length > 0;
    this.#keys = [
      ...psks.map(({ name, secret, organizations }) => {
        return { digest: digestOf(secret), actor: { kind: 'key' as const, name, organizations, builtIn: false } };
      }),
      {
        digest: digestOf(this.builtInSecret),
        actor: { kind: 'key', name: 'built-in', organizations: null, builtIn: true },
      },
    ];
  }

  /**
   * Whose key it is. Every key is compared, and digests of equal length are, so that the time tells nothing of them.
   *
   * @throws BerthError `psk_refused`
   */
  find(secret: string): KeyActor {
    const digest = digestOf(secret);
    let found: KeyActor | null = null;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, digest)) found = key.actor;
    if (found !== null) return found;
    if (this.#anyGiven) throw new BerthError('psk_refused', 'the coordinator does not know this pre-shared key');
    throw new BerthError('psk_refused', 'the coordinator was started without a pre-shared key', {
      hint: 'Start it with --provisioner-daemon-psk-file, or come with a session token.',
    });
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

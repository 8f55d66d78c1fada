import { BerthError, closeCodes } from '@berth/protocol';
import type { LiveDaemon } from './liveDaemon.js';

/** Who a daemon says it is when it connects. */
interface DaemonIdentity {
  organization: string;
  provider: string;
  name: string;
  /** Identity of its data directory. */
  instance: string;
}

/** The daemons that are connected to this coordinator, by id. A name is one connection's at a time. */
export class LiveDaemons {
  readonly #byId = new Map<string, LiveDaemon>();
  /** By name key: the connection that is taking the name now; the next waits for it. */
  readonly #taking = new Map<string, Promise<unknown>>();

  byId(id: string): LiveDaemon | null {
    return this.#byId.get(id) ?? null;
  }

  all(): LiveDaemon[] {
    return [...this.#byId.values()];
  }

  /**
   * Lets a new connection have its name, then adds what `connect` makes of it. A live connection of the same name is
   * ended when it is the same daemon, which has come back (or restarted), or when it no longer answers.
   *
   * @throws BerthError `daemon_name_taken`
   */
  async take(identity: DaemonIdentity, answerMs: number, connect: () => Promise<LiveDaemon>): Promise<LiveDaemon> {
    return this.#inTurn(`${identity.organization} ${identity.provider} ${identity.name}`, async () => {
      const old = this.all().find(({ record }) => sameName(record, identity));
      if (old !== undefined) {
        if (old.record.instance !== identity.instance && (await old.link.answers(answerMs))) {
          throw new BerthError('daemon_name_taken', `a daemon named '${identity.name}' is connected already`);
        }
        await old.link.end(closeCodes.replaced, 'another connection of this daemon has taken over');
      }
      const daemon = await connect();
      this.#byId.set(daemon.id, daemon);
      return daemon;
    });
  }

  /** Forgets a connection that has ended, unless another has taken its place. */
  remove(daemon: LiveDaemon): void {
    if (this.#byId.get(daemon.id) === daemon) this.#byId.delete(daemon.id);
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#taking.get(key);
    // Whether the one before got the name does not matter here, only that it is done.
    const mine = (before ?? Promise.resolve()).then(work, work);
    this.#taking.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#taking.get(key) === mine) this.#taking.delete(key);
    }
  }
}

function sameName(record: LiveDaemon['record'], identity: DaemonIdentity): boolean {
  return (
    record.organization.id === identity.organization &&
    record.provider === identity.provider &&
    record.name === identity.name
  );
}

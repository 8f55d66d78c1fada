import type { AttemptRef, DaemonCapabilities, ErrorBody, ToDaemon } from '@berth/protocol';
import type { DaemonRecord, TokenRecord } from '@berth/store';
import { Slots } from './slots.js';

/** The connection of a daemon, as those who have something to tell it see it. */
export interface Link {
  send(message: ToDaemon): void;
  /** Closes it at once and resolves when everything that it held has been seen to. Calling it twice is fine. */
  end(code: number, reason: string): Promise<void>;
  /** Whether the other side gives a sign of life within `ms`. */
  answers(ms: number): Promise<boolean>;
}

/** How many template archives it is remembered of a daemon that it has run. */
const maxArchives = 100;

/** A daemon that is connected now: what it can do, what its slots are doing, and the way to reach it. */
export class LiveDaemon {
  readonly id: string;
  readonly capabilities: DaemonCapabilities & { id: string };
  readonly slots: Slots;
  /** It takes no more offers: it said so. */
  draining = false;
  /** It let an offer pass or declined one: it gets none for a while. */
  resting: NodeJS.Timeout | null = null;
  readonly #archives = new Set<string>();

  constructor(
    readonly record: DaemonRecord,
    readonly link: Link,
    /** The user's token that it came with; null for a key. */
    readonly token: TokenRecord | null,
  ) {
    this.id = record.id;
    this.slots = new Slots(record.slots);
    this.capabilities = {
      id: record.id,
      organization: record.organization.id,
      provider: record.provider,
      engine: record.engine,
      tags: record.tags,
    };
  }

  /** Slots that may be offered a job now. */
  get openSlots(): number {
    return this.draining || this.resting !== null ? 0 : this.slots.free;
  }

  /** It has run the archive since it connected, so it probably has a warm directory of it. */
  hasRun(archive: string): boolean {
    return this.#archives.has(archive);
  }

  ran(archive: string): void {
    this.#archives.delete(archive);
    this.#archives.add(archive);
    const [oldest] = this.#archives;
    if (this.#archives.size > maxArchives && oldest !== undefined) this.#archives.delete(oldest);
  }

  send(message: ToDaemon): void {
    this.link.send(message);
  }

  /** Tells it that an attempt no longer counts. */
  fence(ref: AttemptRef, reason: string): void {
    this.slots.endOffer(ref);
    this.slots.fence(ref);
    this.send({ type: 'fenced', ...ref, reason });
  }

  /** Tells it that it may not stay connected, and closes. `final`: coming again will not help. */
  async refuse(error: ErrorBody, final: boolean, code: number): Promise<void> {
    this.send({ type: 'refused', error, final });
    await this.link.end(code, error.message);
  }
}

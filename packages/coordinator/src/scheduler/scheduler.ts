import { type AttemptRef, BerthError, tagSetKey } from '@berth/protocol';
import type { JobRecord, JobStore, Store } from '@berth/store';
import type { Logger } from 'pino';
import type { LiveDaemon } from '../daemons/liveDaemon.js';
import type { LiveDaemons } from '../daemons/liveDaemons.js';
import type { Changes } from '../events/changes.js';
import type { Timings } from '../timings.js';
import { chooseDaemons } from './chooseDaemons.js';

/** A job that the store has reserved for a slot. */
type Claim = NonNullable<Awaited<ReturnType<JobStore['claim']>>>;

interface Needs {
  store: Pick<Store, 'jobs'>;
  live: LiveDaemons;
  changes: Changes;
  log: Logger;
  timings: Pick<Timings, 'offerMs' | 'claimPollMs'>;
}

/**
 * Brings jobs and free slots together. Three things start it: a new (or requeued) job looks for a slot at once; a slot
 * that becomes free looks for a job; and every 10 s or so all idle slots look, in case a notice was lost. Whichever it
 * is, the store decides which job a slot gets, and each claim takes one free slot of one daemon, so a daemon never has
 * more offers than free slots.
 *
 * A daemon that lets an offer pass, declines it, or hands a job back, rests for one poll interval: the job goes to another
 * first, and a daemon that is stuck is not asked again and again.
 */
export class Scheduler {
  readonly #needs: Needs;
  /** Counts new jobs: a claim that found none tries again when one has come meanwhile. */
  #arrivals = 0;
  #poll: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  start(): void {
    const { claimPollMs } = this.#needs.timings;
    // From half to one and a half of the interval, so that several coordinators do not ask in step.
    this.#poll = setTimeout(
      () => {
        void this.#lookForAll().finally(() => {
          if (!this.#stopped) this.start();
        });
      },
      claimPollMs * (0.5 + Math.random()),
    );
  }

  /** No more offers. Those that are out may still be accepted. */
  stop(): void {
    this.#stopped = true;
    if (this.#poll !== null) clearTimeout(this.#poll);
  }

  /**
   * A job is in the queue: new, requeued, or its offer came back.
   *
   * @param archive digest of its template archive, to find a daemon that has it warm; null if not known
   */
  async jobReady(job: JobRecord, archive: string | null): Promise<void> {
    this.#arrivals++;
    for (const daemon of chooseDaemons(this.#needs.live.all(), job, archive)) {
      // A slot takes the best job there is. When that was another, this one may still get the next slot.
      while (daemon.openSlots > 0) {
        const claim = await this.#claim(daemon);
        if (claim === null && !this.#isLive(daemon)) break;
        if (claim === null || claim.job.id === job.id) return;
      }
    }
  }

  /** A slot of the daemon has become free (or it has just connected): fill what it has open. */
  async fill(daemon: LiveDaemon): Promise<void> {
    let claimed = true;
    while (claimed && daemon.openSlots > 0) claimed = (await this.#claim(daemon)) !== null;
  }

  /** Takes an offer back and gives the job to another. Does nothing when the daemon has accepted it meanwhile. */
  async withdraw(daemon: LiveDaemon, ref: AttemptRef, reason: 'declined' | 'expired' | 'disconnected'): Promise<void> {
    if (!daemon.slots.endOffer(ref)) return;
    if (reason !== 'disconnected') this.rest(daemon);
    const job = await this.#orLog(ref, async () => {
      try {
        return await this.#needs.store.jobs.withdrawOffer(ref);
      } catch (error) {
        // Canceled or reaped in the same moment: nothing is left to withdraw.
        if (error instanceof BerthError && (error.code === 'fenced' || error.code === 'illegal_transition'))
          return null;
        throw error;
      }
    });
    if (job === null) return;
    this.#needs.log.info({ job: job.id, daemon: daemon.record.name, reason }, 'an offer went back to the queue');
    this.#needs.changes.jobs.publish(job.id);
    await this.jobReady(job, null);
  }

  /** Asks the store for a job for one slot and offers it. Null when it has none, or when that failed. */
  async #claim(daemon: LiveDaemon): Promise<Claim | null> {
    const { store, timings } = this.#needs;
    const giveBack = daemon.slots.claim();
    try {
      while (!this.#stopped && this.#isLive(daemon)) {
        const arrivals = this.#arrivals;
        const claim = await this.#orLog(null, () => store.jobs.claim(daemon.capabilities, timings.offerMs));
        if (claim !== null) {
          this.#offer(daemon, claim);
          return claim;
        }
        if (arrivals === this.#arrivals) return null;
      }
      return null;
    } finally {
      giveBack();
    }
  }

  #offer(daemon: LiveDaemon, { job, archive, lockFile }: Claim): void {
    const { changes, timings, log } = this.#needs;
    const ref = { job: job.id, attempt: job.attempt };
    daemon.slots.offer(ref, timings.offerMs, () => void this.withdraw(daemon, ref, 'expired'));
    if (this.#stopped || !this.#isLive(daemon)) {
      // It went away while the store was asked.
      void this.withdraw(daemon, ref, 'disconnected');
      return;
    }
    daemon.send({ type: 'offer', ...ref, jobType: job.type, archive, lockFile, expiresInMs: timings.offerMs });
    log.debug({ ...ref, daemon: daemon.record.name }, 'offered a job');
    changes.jobs.publish(job.id);
    changes.waiting.publish(job.organization);
  }

  #isLive(daemon: LiveDaemon): boolean {
    return this.#needs.live.byId(daemon.id) === daemon;
  }

  /** Gives the daemon no offers for one poll interval: what it would not take now goes to others first. */
  rest(daemon: LiveDaemon): void {
    if (daemon.resting !== null) clearTimeout(daemon.resting);
    daemon.resting = setTimeout(() => {
      daemon.resting = null;
      void this.fill(daemon);
    }, this.#needs.timings.claimPollMs);
  }

  /** One daemon of each kind looks first: where it finds nothing, the others of its kind need not ask. */
  async #lookForAll(): Promise<void> {
    const empty = new Set<string>();
    for (const daemon of this.#needs.live.all()) {
      const kind = kindOf(daemon);
      if (empty.has(kind)) continue;
      await this.fill(daemon);
      if (daemon.openSlots > 0) empty.add(kind);
    }
  }

  /** Nobody waits for the scheduler: a failure is logged, and the poll tries again. */
  async #orLog<T>(about: AttemptRef | null, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.#needs.log.error({ err: error, ...about }, 'the queue does not answer; trying again soon');
      return null;
    }
  }
}

function kindOf({ capabilities: { organization, provider, engine, tags } }: LiveDaemon): string {
  return JSON.stringify([organization, provider, engine, tagSetKey(tags)]);
}

import type { Reaped, Store } from '@berth/store';
import type { Logger } from 'pino';
import type { LiveDaemons } from '../daemons/liveDaemons.js';
import type { Changes } from '../events/changes.js';
import type { Timings } from '../timings.js';
import type { Aliveness } from './aliveness.js';
import type { Scheduler } from './scheduler.js';

interface Needs {
  store: Pick<Store, 'jobs'>;
  live: LiveDaemons;
  scheduler: Pick<Scheduler, 'jobReady'>;
  changes: Changes;
  log: Logger;
  timings: Pick<Timings, 'reapMs' | 'beatMs' | 'leaseMs'>;
  aliveness: Aliveness;
}

/**
 * Ends offers and leases that have run out, every second, gives up what was unreachable for too long, and tells everybody
 * whom that concerns. It also says every 5 s that this coordinator is listening, since only such time counts.
 */
export class Reaper {
  readonly #needs: Needs;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  /** On the clock that nobody sets; null before the first beat. */
  #lastBeat: number | null = null;
  #lastRound = performance.now();
  /** The last round failed, which has been logged. */
  #failing = false;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#reap().finally(() => {
        if (!this.#stopped) this.start();
      });
    }, this.#needs.timings.reapMs);
  }

  /** Resolves when the last round is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  async #reap(): Promise<void> {
    const { store, log, aliveness } = this.#needs;
    try {
      await this.#beat();
      const leases = aliveness.leasesMayRunOut();
      for (const reaped of await store.jobs.reap({ leases })) this.#tell(reaped);
      if (this.#failing) log.info('run-out leases are looked for again');
      this.#failing = false;
    } catch (error) {
      // Once: it is tried again every second, for as long as the database is away.
      if (!this.#failing) log.error({ err: error }, 'looking for run-out leases failed; trying again until it works');
      this.#failing = true;
    }
  }

  /** A round that comes late means that this process did not run meanwhile. */
  async #beat(): Promise<void> {
    const { store, log, timings } = this.#needs;
    const now = performance.now();
    const stalledMs = Math.round(now - this.#lastRound - timings.reapMs);
    this.#lastRound = now;
    if (this.#lastBeat !== null && now - this.#lastBeat < timings.beatMs) return;
    const addedMs = await store.jobs.beat({ leaseMs: timings.leaseMs, stalledMs: Math.max(0, stalledMs) });
    this.#lastBeat = now;
    // The very first beat of all adds its own few milliseconds, which is no news.
    if (addedMs >= 1_000) log.warn({ addedMs }, 'no coordinator was listening for a while: leases last longer by that');
  }

  #tell({ job, what, attempt }: Reaped): void {
    const { live, scheduler, changes, log } = this.#needs;
    log.warn({ job: job.id, attempt, daemon: job.daemon?.name, what }, 'a daemon has not answered in time');
    const ref = { job: job.id, attempt };
    const daemon = job.daemon === null ? null : live.byId(job.daemon.id);
    if (what !== 'unreachable') daemon?.fence(ref, 'the daemon was not heard of in time');
    changes.jobs.publish(job.id);
    if (what === 'offer_expired' || what === 'requeued') void scheduler.jobReady(job, null);
  }
}

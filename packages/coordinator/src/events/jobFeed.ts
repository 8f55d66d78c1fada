import type { JobRecord } from '@berth/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../core.js';
import { EventStream } from '../http/eventStream.js';
import { Streamed } from '../http/streamed.js';
import { JobViews } from '../views/jobViews.js';
import { Wakeups } from './wakeups.js';

type Needs = Pick<Core, 'store' | 'settings' | 'changes' | 'log'>;

/** Log entries that are read at once, with the rest of their batch: what is kept in memory for a reader that is behind. */
const entriesAtOnce = 50;
/** Least time between two looks at why a job waits: a fleet that comes back changes it hundreds of times in a second. */
const waitingMs = 1_000;

/**
 * Follows a job for one reader: its log from `after` on, each change of it, then its end. It reads the store at the
 * reader's pace, woken by notices, so a slow reader costs no memory. It listens before it first reads, and a notice that
 * comes while it reads makes it read again: nothing is passed over, nothing comes twice.
 */
export class JobFeed extends Streamed {
  /** The job as it was sent last. */
  #sentJob = '';
  #waits = false;

  /** @param stopping ends the stream early: its reader comes back to the next coordinator */
  constructor(
    private readonly core: Needs,
    private readonly job: JobRecord,
    private readonly after: number,
    private readonly stopping: AbortSignal,
  ) {
    super();
  }

  async sendTo(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { changes, settings, log } = this.core;
    reply.hijack();
    const stream = new EventStream(reply.raw, settings.timings.eventHeartbeatMs);
    const stop = () => stream.end();
    this.stopping.addEventListener('abort', stop, { once: true });
    const wakeups = new Wakeups(stream.gone);
    const unfollow = [
      changes.jobs.follow(this.job.id, () => wakeups.wake()),
      changes.waiting.follow(this.job.organization, () => {
        if (this.#waits) wakeups.wakeAtMostEvery(waitingMs);
      }),
    ];
    try {
      await this.#follow(stream, wakeups);
    } catch (error) {
      // The reader sees a stream that ended without 'end', and comes back.
      log.error({ err: error, job: this.job.id }, 'following a job failed');
    } finally {
      for (const end of unfollow) end();
      this.stopping.removeEventListener('abort', stop);
      wakeups.dispose();
      stream.end();
    }
  }

  async #follow(stream: EventStream, wakeups: Wakeups): Promise<void> {
    let after = this.after;
    do {
      const job = await this.core.store.jobs.byId(this.job.id);
      if (job === null) return;
      const finished = job.finishedAt !== null;
      // A reader sees the end of the log before the end of the job, unless both were over when it came.
      if (!finished || this.#sentJob === '') await this.#sendJob(stream, job);
      after = await this.#sendLog(stream, after);
      if (!finished) continue;
      await this.#sendJob(stream, job);
      return stream.sendAll([{ event: 'end', data: {} }]);
    } while (await wakeups.next());
  }

  async #sendJob(stream: EventStream, job: JobRecord): Promise<void> {
    const view = await new JobViews(this.core).of(job);
    const text = JSON.stringify(view);
    if (text !== this.#sentJob) await stream.sendAll([{ event: 'job', data: view }]);
    this.#sentJob = text;
    this.#waits = view.waiting !== null;
  }

  /** Sends what the log has after `from` and returns the number of the last entry sent. */
  async #sendLog(stream: EventStream, from: number): Promise<number> {
    let after = from;
    while (!stream.gone.aborted) {
      const entries = await this.core.store.logs.readBatches(this.job.id, after, entriesAtOnce);
      await stream.sendAll(entries.map(entry => ({ event: 'log', data: entry, id: entry.seq })));
      after = entries.at(-1)?.seq ?? after;
      if (entries.length < entriesAtOnce) break;
    }
    return after;
  }
}

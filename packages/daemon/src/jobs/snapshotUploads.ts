import { link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateFacts } from '@berth/terraform';
import type { JobContext } from './jobContext.js';

/**
 * Sends snapshots of the state while an apply runs: one upload at a time, and of those that came meanwhile the newest.
 * What is being sent has a name of its own, since the kept snapshot is replaced by the next.
 *
 * Idle or sending, until {@link stop}.
 */
export class SnapshotUploads {
  readonly #stopped = new AbortController();
  #newest: StateFacts | null = null;
  #sending: Promise<void> | null = null;

  constructor(private readonly job: JobContext) {}

  /** A newer snapshot was kept. */
  add(snapshot: StateFacts): void {
    this.#newest = snapshot;
    this.#sending ??= this.#sendAll();
  }

  /** Ends an upload under way; the final state takes its place. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the apply has ended'));
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    const { job } = this;
    const path = join(job.folder.path, 'snapshot.tfstate');
    const signal = AbortSignal.any([this.#stopped.signal, job.control.abandoned]);
    while (this.#newest !== null && !signal.aborted) {
      const { serial, lineage, sizeBytes, sha256 } = this.#newest;
      this.#newest = null;
      try {
        await rm(path, { force: true });
        await link(job.folder.keptState, path);
        await job.api.uploadState({ path, digest: sha256, sizeBytes, serial, lineage }, 'snapshot', signal);
      } catch (error) {
        // The next one may do better, and the final state comes in any case.
        if (!signal.aborted) job.logger.warn({ err: error, serial }, 'a snapshot was not sent');
      }
    }
    this.#sending = null;
  }
}

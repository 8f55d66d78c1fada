import { rmSync } from 'node:fs';
import { type AttemptRef, BerthError, type Offer } from '@berth/protocol';
import { AttemptFolder, bootId } from '@berth/terraform';
import type { AttemptControl, AttemptEnd, AttemptJob, JobEnd } from '../attempts/attemptJob.js';
import { AttemptJournal, journalPath } from '../journal/attemptJournal.js';
import type { JournalFact } from '../journal/facts.js';
import { writeFinished } from '../journal/finishedRecord.js';
import { AttemptApi } from '../transfer/attemptApi.js';
import { attachSmall } from './attachSmall.js';
import type { Finished } from './finished.js';
import { finishJob } from './finishJob.js';
import { handIn } from './handIn.js';
import { JobContext } from './jobContext.js';
import type { JobHost } from './jobHost.js';
import type { LeftAttempt } from './leftAttempt.js';
import { type PreparedWork, prepareFromOffer } from './preparedWork.js';
import { sendSalvage } from './salvage.js';

/**
 * The work of one attempt, in a folder of its own: the journal, the engine's files, the log as far as it is not
 * acknowledged, and at the end what the work came to, until the coordinator has settled it. With these a later process
 * goes on where this one ended, however it ended.
 */
export class Job implements AttemptJob {
  readonly #journal: AttemptJournal;
  readonly #api: AttemptApi;
  #control: AttemptControl | null = null;
  #context: JobContext | null = null;
  #finished: Finished | null = null;
  /** Until what the work came to is on disk. */
  #keeping: Promise<void> = Promise.resolve();

  /**
   * The work of an attempt that is about to be accepted.
   *
   * @param warm begin to fill the work directory now, while the accept is on its way
   */
  static begin(host: JobHost, daemon: { id: string; name: string }, offer: Offer, warm: boolean): Job {
    const folder = AttemptFolder.create(host.dataDir.attempt(offer));
    const prepared = warm ? prepareFromOffer(host, offer, folder) : Promise.resolve(null);
    // Who needs it hears of its failure; an attempt that is fenced before does not.
    prepared.catch(() => undefined);
    const { job, attempt } = offer;
    const begun = new Job(host, { job, attempt }, folder, prepared, null);
    try {
      begun.#journal.note({ fact: 'begun', job, attempt, daemon, bootId: bootId() });
    } catch (error) {
      // The offer is declined, and may come again and again: nothing of it stays.
      void begun.close('fenced').catch(() => undefined);
      throw error;
    }
    if (offer.jobType === 'workspace_build') begun.#journal.syncEntries().catch(() => undefined);
    return begun;
  }

  /** The work of an attempt that an earlier process has left. */
  static resume(host: JobHost, left: LeftAttempt): Job {
    return new Job(host, left.ref, left.folder, Promise.resolve(null), left);
  }

  private constructor(
    private readonly host: JobHost,
    ref: AttemptRef,
    private readonly folder: AttemptFolder,
    private readonly prepared: Promise<PreparedWork | null>,
    private readonly left: LeftAttempt | null,
  ) {
    this.#journal = new AttemptJournal(folder.path);
    this.#api = new AttemptApi(host.http, left?.spec?.token ?? '', {
      minMs: host.timings.retryMinMs,
      maxMs: host.timings.retryMaxMs,
      onRetry: ({ code, message }, inMs) => {
        host.logger.warn({ ...ref, code, error: message, inMs: Math.round(inMs) }, 'trying again');
        if (code === 'unauthenticated') this.#control?.renewToken();
      },
      onRefused: error => {
        if (error.code === 'fenced') this.#control?.fence(error.message);
      },
    });
  }

  setToken(token: string): void {
    this.#api.token = token;
  }

  async run(control: AttemptControl): Promise<JobEnd> {
    this.#control = control;
    try {
      const end = await this.#run(control);
      return control.lever.reason === 'leaving' ? { kind: 'silent' } : end;
    } catch (error) {
      if (control.abandoned.aborted || control.lever.reason === 'leaving') return { kind: 'silent' };
      return this.#failed(error);
    }
  }

  async salvage(abandoned: AbortSignal): Promise<void> {
    const job = this.#context;
    const state = this.#finished?.state ?? this.#finished?.unchanged ?? null;
    if (job === null || state === null) return;
    try {
      const refusal = await sendSalvage(job, state, abandoned);
      if (refusal !== null) job.keepFolder(`its state was refused: ${refusal.message}`);
    } catch (error) {
      if (abandoned.aborted) return;
      this.host.logger.error({ err: error }, 'the state of a fenced attempt could not be handed in');
      job.keepFolder('its state could not be handed in');
    }
  }

  async close(end: AttemptEnd): Promise<void> {
    const { host, folder } = this;
    await this.#keeping;
    const prepared = await this.prepared.catch(() => null);
    prepared?.supervisor?.dismiss();
    prepared?.directory.release();
    this.#context?.close();
    if (end === 'abandoned') this.#note({ fact: 'left' });
    this.#journal.close();
    // The next process takes it up.
    if (end === 'abandoned') return;
    const reason = this.#context?.keepReason ?? null;
    if (reason === null) return new AttemptFolder(host.dataDir.discard(folder.path)).remove();
    // What is kept is kept for its state. The values that the attempt was given may be secrets, and are no one's any more.
    for (const path of [folder.variables, journalPath(folder.path)]) rmSync(path, { force: true });
    host.logger.warn({ folder: host.dataDir.keep(folder.path, reason), reason }, 'the folder of an attempt is kept');
  }

  async #run(control: AttemptControl): Promise<JobEnd> {
    const { left, folder, prepared, host } = this;
    const { spec, lever } = control;
    if (left === null) this.#journal.note({ fact: 'accepted', spec });
    const job = new JobContext(host, spec, control, folder, this.#api, this.#journal, prepared, left);
    this.#context = job;
    if (left?.stopReason != null) lever.remember(left.stopReason);
    lever.onReason = reason => this.#note({ fact: 'stopped', reason });
    const finished = left?.finished ?? (await finishJob(job, left));
    if (finished === null) {
      const lost = left?.wasLeft === false;
      return { kind: 'not_started', reason: 'the daemon ended before an apply was started', lost };
    }
    if (finished.error !== null && !job.applyStarted && lever.reason === 'daemon_stopping') {
      return { kind: control.gateOpen ? 'not_started' : 'hand_back', reason: 'the daemon is stopping' };
    }
    return this.#handIn(job, finished);
  }

  async #handIn(job: JobContext, finished: Finished): Promise<JobEnd> {
    if (job.lever.reason === 'leaving') return { kind: 'silent' };
    this.#finished = finished;
    // Not waited for here: a process that has died before derives the same from the files of the run.
    this.#keeping = this.#keep(job, finished);
    if (job.lever.reason === 'fenced') return { kind: 'silent' };
    await job.control.owned();
    const handedIn = await handIn(job, finished, await attachSmall(job, finished));
    return { kind: 'outcome', ...handedIn, sendAgain: async () => (await handIn(job, finished, null)).outcome };
  }

  /** Puts on disk what the work came to. A full disk must not keep it from the coordinator, which is what it is for. */
  async #keep(job: JobContext, finished: Finished): Promise<void> {
    try {
      if (this.left?.finished == null) await writeFinished(this.folder.path, finished);
      job.control.outcomeKept();
    } catch (error) {
      job.logger.warn({ err: error }, 'what an attempt came to could not be written down');
    }
  }

  /** Nothing that would be lost depends on it. */
  #note(fact: JournalFact): void {
    try {
      this.#journal.note(fact);
    } catch (error) {
      this.host.logger.warn({ err: error, fact }, 'something could not be written down');
    }
  }

  /** An error in the daemon itself. */
  #failed(error: unknown): JobEnd {
    this.host.logger.error({ err: error }, 'an attempt failed in the daemon');
    if (this.#context?.applyStarted) this.#context.keepFolder('the daemon failed after the gate');
    const body = new BerthError('internal', 'the daemon failed; its log says why').toBody();
    const outcome = { error: body, state: null, result: false };
    return { kind: 'outcome', outcome, attached: null, sendAgain: async () => outcome };
  }
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttemptOutcome, BerthError, type Offer } from '@berth/protocol';
import { AttemptFolder } from '@berth/terraform';
import type { AttemptControl, AttemptEnd, AttemptJob, JobEnd } from '../attempts/attemptJob.js';
import { Stopped } from '../attempts/stopLever.js';
import { asBerthError } from '../engineErrors.js';
import { AttemptApi } from '../transfer/attemptApi.js';
import { stoppedError } from './engineEnd.js';
import type { Finished } from './finished.js';
import { handIn } from './handIn.js';
import { JobContext, type SpecOf } from './jobContext.js';
import type { JobHost } from './jobHost.js';
import { type PreparedWork, prepareFromOffer } from './preparedWork.js';
import { runBuild } from './runBuild.js';
import { runDryRun } from './runDryRun.js';
import { runImport } from './runImport.js';

/**
 * The work of one attempt, in a folder of its own: `attempt.json` (what the coordinator said), the engine's files, the
 * log as far as it is not acknowledged, and at the end `outcome.json`, until the coordinator has settled it.
 */
export class Job implements AttemptJob {
  readonly #folder: AttemptFolder;
  readonly #api: AttemptApi;
  readonly #prepared: Promise<PreparedWork | null>;
  #control: AttemptControl | null = null;
  #context: JobContext | null = null;

  /** @param warm begin to fill the work directory now, while the accept is on its way */
  constructor(
    private readonly host: JobHost,
    offer: Offer,
    warm: boolean,
  ) {
    const { retryMinMs: minMs, retryMaxMs: maxMs } = host.timings;
    const { job, attempt } = offer;
    this.#folder = AttemptFolder.create(host.dataDir.attempt(offer));
    this.#prepared = warm ? prepareFromOffer(host.warm, offer, this.#folder.work) : Promise.resolve(null);
    // Who needs it hears of its failure; an attempt that is fenced before does not.
    this.#prepared.catch(() => undefined);
    this.#api = new AttemptApi(host.http, '', {
      minMs,
      maxMs,
      onRetry: ({ code, message }, inMs) => {
        host.logger.warn({ job, attempt, code, error: message, inMs: Math.round(inMs) }, 'trying again');
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
      return await this.#run(control);
    } catch (error) {
      // Nobody waits for the outcome any more, or it could not even be made: both are for the daemon's log.
      if (!control.abandoned.aborted) this.host.logger.error({ err: error }, 'an attempt failed in the daemon');
      if (control.gateOpen) this.#context?.keepFolder('the daemon failed after the gate');
      const body = new BerthError('internal', 'the daemon failed; its log says why').toBody();
      return {
        kind: 'outcome',
        outcome: { error: body, state: null, result: false },
        sendAgain: async () => undefined,
      };
    }
  }

  async close(end: AttemptEnd): Promise<void> {
    const prepared = await this.#prepared.catch(() => null);
    prepared?.directory.release();
    this.#context?.close();
    const reason = this.#keepReason(end);
    if (reason === null) return this.#folder.remove();
    this.host.logger.warn({ folder: this.#folder.path, reason }, 'the folder of an attempt is kept');
  }

  async #run(control: AttemptControl): Promise<JobEnd> {
    const { spec } = control;
    writeFileSync(join(this.#folder.path, 'attempt.json'), JSON.stringify(spec), { mode: 0o600 });
    const job = new JobContext(this.host, spec, control, this.#folder, this.#api, this.#prepared);
    this.#context = job;
    const finished = await this.#finish(job);
    if (finished.error !== null && job.lever.reason === 'daemon_stopping' && !control.gateOpen) {
      return { kind: 'not_started', reason: 'the daemon is stopping' };
    }
    const outcome = await handIn(job, finished);
    this.#noteOutcome(outcome);
    return { kind: 'outcome', outcome, sendAgain: async () => void (await handIn(job, finished)) };
  }

  /** A full disk must not keep an outcome from the coordinator, which is what it is for. */
  #noteOutcome(outcome: AttemptOutcome): void {
    try {
      writeFileSync(join(this.#folder.path, 'outcome.json'), JSON.stringify(outcome), { mode: 0o600 });
    } catch (error) {
      this.host.logger.warn({ err: error }, 'the outcome of an attempt could not be written down');
    }
  }

  /** What only this folder holds must not be removed with it. */
  #keepReason(end: AttemptEnd): string | null {
    const taken = end === 'settled' || end === 'handed_back';
    if (!taken && this.#context?.control.gateOpen)
      return 'it may have changed something, and its outcome was not taken';
    return this.#context?.keepReason ?? null;
  }

  /** Does the work; an error is written where the user reads before it travels on. */
  async #finish(job: JobContext): Promise<Finished> {
    try {
      const finished = await dispatch(job);
      if (finished.error !== null) sayError(job, finished.error);
      return finished;
    } catch (thrown) {
      const error = toError(job, thrown);
      // An engine may have worked: what it left can then be found by hand.
      if (job.control.gateOpen && !(thrown instanceof Stopped)) job.keepFolder(error.message);
      sayError(job, error);
      return { error, state: null, result: null };
    }
  }
}

async function dispatch(job: JobContext): Promise<Finished> {
  if (isOf(job, 'workspace_build')) return runBuild(job);
  if (isOf(job, 'template_import')) return runImport(job);
  if (isOf(job, 'template_dry_run')) return runDryRun(job);
  throw new BerthError('invalid_request', 'the daemon does not know this type of job');
}

function isOf<T extends JobContext['spec']['type']>(job: JobContext, type: T): job is JobContext<SpecOf<T>> {
  return job.spec.type === type;
}

function toError(job: JobContext, thrown: unknown): BerthError {
  const error = thrown instanceof Stopped ? stoppedError(thrown) : asBerthError(thrown);
  if (error instanceof BerthError) return error;
  job.logger.error({ err: thrown }, 'a job failed in the daemon');
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new BerthError('internal', `the daemon failed: ${message}`, { cause: thrown });
}

/** What the engine says of itself is in the log already, as its diagnostics. */
function sayError(job: JobContext, error: BerthError): void {
  if (error.code === 'engine_failed') return;
  job.say(
    error.hint === null ? error.message : `${error.message}. ${error.hint}`,
    error.code === 'canceled' ? 'warning' : 'error',
  );
}

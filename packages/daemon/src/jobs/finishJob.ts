import { BerthError } from '@berth/protocol';
import { Stopped } from '../attempts/stopLever.js';
import { asBerthError } from '../engineErrors.js';
import type { JournalContents } from '../journal/readJournal.js';
import { stoppedError } from './engineEnd.js';
import type { Finished } from './finished.js';
import type { JobContext, SpecOf } from './jobContext.js';
import { endBuild, resumeBuild } from './resumeBuild.js';
import { runBuild } from './runBuild.js';
import { runDryRun } from './runDryRun.js';
import { runImport } from './runImport.js';

/**
 * Does the work of a job, or goes on with it; an error is written where the user reads before it travels on.
 *
 * @param left what the journal of an earlier process says; null when the job begins here
 * @returns null when the earlier process had started nothing that could have changed anything
 */
export async function finishJob(job: JobContext, left: JournalContents | null): Promise<Finished | null> {
  try {
    const finished = left === null ? await dispatch(job) : await resume(job, left);
    if (finished !== null && finished.error !== null) sayError(job, finished.error);
    return finished;
  } catch (thrown) {
    // A later process goes on: nothing has come to an end.
    if (job.lever.reason === 'leaving') throw thrown;
    const error = toError(job, thrown);
    sayError(job, error);
    if (!job.applyStarted || !isOf(job, 'workspace_build'))
      return { error, state: null, unchanged: null, result: null };
    // An engine may have worked, or works still: what it left can then be found by hand, too.
    job.keepFolder(error.message);
    return { ...(await endBuild(job)), error };
  }
}

async function dispatch(job: JobContext): Promise<Finished> {
  if (isOf(job, 'workspace_build')) return runBuild(job);
  if (isOf(job, 'template_import')) return runImport(job);
  if (isOf(job, 'template_dry_run')) return runDryRun(job);
  throw new BerthError('invalid_request', 'the daemon does not know this type of job');
}

async function resume(job: JobContext, left: JournalContents): Promise<Finished | null> {
  if (!isOf(job, 'workspace_build') || !left.applyMayHaveStarted) return null;
  return resumeBuild(job, left);
}

function isOf<T extends JobContext['spec']['type']>(job: JobContext, type: T): job is JobContext<SpecOf<T>> {
  return job.spec.type === type;
}

function toError(job: JobContext, thrown: unknown): BerthError {
  const error = thrown instanceof Stopped ? stoppedError(thrown) : asBerthError(thrown);
  if (error instanceof BerthError) return error;
  job.logger.error({ err: thrown }, 'a job failed in the daemon');
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC') {
    return new BerthError('data_dir_unusable', "the daemon's disk is full", { cause: thrown });
  }
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

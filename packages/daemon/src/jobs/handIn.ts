import { type Attachments, type AttemptOutcome, BerthError } from '@berth/protocol';
import type { Finished } from './finished.js';
import type { JobContext } from './jobContext.js';

/**
 * Sends everything that the terminal message names, log included, but for what is attached to it, and makes the outcome.
 * It takes as long as the coordinator is away. What the coordinator refuses for good becomes the outcome's error.
 *
 * @throws the reason of `abandoned`
 */
export async function handIn(
  job: JobContext,
  finished: Finished,
  attached: Attachments | null,
): Promise<{ outcome: AttemptOutcome; attached: Attachments | null }> {
  const signal = job.control.abandoned;
  const { state, result } = finished;
  const [stateError, resultError] = await Promise.all([
    state === null || attached?.state != null ? null : refusalOf(job, job.api.uploadState(state, 'final', signal)),
    result === null || attached?.result != null ? null : refusalOf(job, job.api.uploadResult(result, signal)),
    attached !== null && attached.log.length > 0 ? undefined : flush(job),
  ]);
  if (stateError !== null) job.keepFolder(`its state was refused: ${stateError.message}`);
  const error = finished.error ?? stateError ?? resultError;
  if (error !== null && error !== finished.error) {
    job.say(error.message, 'error');
    await flush(job);
  }
  const outcome = {
    error: error === null ? null : { ...error.toBody(), message: job.redact(error.message) },
    state: state === null || stateError !== null ? null : refOf(state),
    result: result !== null && resultError === null,
  };
  return { outcome, attached };
}

/** Null when it was sent. */
async function refusalOf(job: JobContext, sending: Promise<void>): Promise<BerthError | null> {
  try {
    await sending;
    return null;
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    // Already known to the attempt, which is not handed in any more.
    if (error.code === 'fenced') throw error;
    job.logger.error({ err: error }, 'the coordinator refused what an attempt ends with');
    return error;
  }
}

/** A log that cannot be sent keeps nobody from the outcome. */
async function flush(job: JobContext): Promise<void> {
  try {
    await job.log.flush();
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    if (error.code === 'fenced') throw error;
    job.logger.error({ err: error }, 'the coordinator refused the log of an attempt');
  }
}

function refOf({ digest, sizeBytes, serial, lineage }: NonNullable<Finished['state']>): AttemptOutcome['state'] {
  return { digest, sizeBytes, serial, lineage };
}

import { BerthError } from '@berth/protocol';
import type { StateFile } from '../transfer/attemptApi.js';
import type { JobContext } from './jobContext.js';

/**
 * Sends the state that a fenced attempt has ended with. The coordinator decides whether it is of use. It takes as long as
 * the coordinator is away.
 *
 * @returns why it was refused for good, so that this copy stays the only one; null when the coordinator has it
 * @throws the reason of `abandoned`
 */
export async function sendSalvage(
  job: JobContext,
  state: StateFile,
  abandoned: AbortSignal,
): Promise<BerthError | null> {
  try {
    await job.api.uploadSalvage(state, abandoned);
    job.logger.info({ serial: state.serial }, 'the state of a fenced attempt was handed in');
    return null;
  } catch (error) {
    if (abandoned.aborted || !(error instanceof BerthError)) throw error;
    job.logger.error({ err: error }, 'the coordinator refused the state of a fenced attempt');
    return error;
  }
}

import { readFile } from 'node:fs/promises';
import { type Attachments, limits } from '@berth/protocol';
import type { StateFile } from '../transfer/attemptApi.js';
import type { Finished } from './finished.js';
import type { JobContext } from './jobContext.js';

/**
 * What of a build's end is small enough to go with the terminal message; null for nothing. The state comes first, since
 * it would take a request of its own that the coordinator brings to its disk.
 */
export async function attachSmall(job: JobContext, { state, result }: Finished): Promise<Attachments | null> {
  if (job.spec.type !== 'workspace_build') return null;
  let room: number = limits.attachedBytes;
  const attached: Attachments = { state: null, result: null, log: [] };
  if (state !== null && base64Length(state.sizeBytes) <= room) {
    attached.state = await contentOf(job, state);
    room -= attached.state?.length ?? 0;
  }
  if (result?.type === 'workspace_build') {
    const length = Buffer.byteLength(JSON.stringify(result));
    if (length <= room) {
      attached.result = result;
      room -= length;
    }
  }
  attached.log = job.log.takeRest(room);
  return attached.state === null && attached.result === null && attached.log.length === 0 ? null : attached;
}

/** Null when it cannot be read, or not as it was: its upload then says what is the matter. */
async function contentOf(job: JobContext, { path, sizeBytes }: StateFile): Promise<string | null> {
  try {
    const content = await readFile(path);
    return content.length === sizeBytes ? content.toString('base64') : null;
  } catch (error) {
    job.logger.warn({ err: error }, 'a state could not be read to be attached');
    return null;
  }
}

function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

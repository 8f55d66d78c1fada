import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError, type StateRef } from '@berth/protocol';
import { readState, secretsOfValue } from '@berth/terraform';
import type { JobContext } from './jobContext.js';

/**
 * Fetches the state to build on, beside the work directory. It is checked before any engine may see it: an empty file
 * would be taken for "no state", and everything would be made a second time.
 *
 * @returns path of the file
 * @throws BerthError `state_unusable`, `digest_mismatch`
 */
export async function fetchState(job: JobContext, state: StateRef): Promise<string> {
  const path = join(job.folder.path, 'initial.tfstate');
  await job.api.downloadState(path, state, job.preparing);
  const read = await readState(path, { resources: false });
  if (!read.valid) {
    throw new BerthError('state_unusable', `the state to build on is not usable (${read.fault.replaceAll('_', ' ')})`);
  }
  if (read.serial !== state.serial || read.lineage !== state.lineage) {
    throw new BerthError(
      'state_unusable',
      `the state to build on is another than serial ${state.serial} of its lineage`,
    );
  }
  const sensitive = read.outputs.filter(output => output.sensitive);
  job.addSecrets(sensitive.flatMap(output => secretsOfValue(output.value)));
  return path;
}

/** Puts the fetched state where the engine looks for it. */
export async function placeState(job: JobContext, path: string): Promise<void> {
  await rename(path, job.folder.state);
}

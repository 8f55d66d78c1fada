import type { StateRef } from '@berth/protocol';
import { fetchState, placeState } from './fetchState.js';
import type { JobContext } from './jobContext.js';
import { openWork } from './openWork.js';
import type { WarmNotes } from './warmTemplates.js';

/** Makes the work directory ready for an engine: the version's files, and the state to build on. */
export async function prepareWork(job: JobContext, state: StateRef | null): Promise<WarmNotes> {
  job.writeCliConfig();
  const opening = openWork(job);
  const fetching = state === null ? Promise.resolve(null) : fetchState(job, state);
  // Neither may still write into the folder when the job ends because of the other.
  await Promise.allSettled([opening, fetching]);
  const { notes } = await opening;
  const path = await fetching;
  if (path !== null) await placeState(job, path);
  return notes;
}

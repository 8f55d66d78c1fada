import { BerthError, type Offer } from '@berth/protocol';
import type { JobContext } from './jobContext.js';
import { openWarm } from './openWarm.js';
import { lockFileDigest, type OpenWarm } from './warmTemplates.js';

/**
 * Fills the attempt's work directory from the warm directory of its template version, which is made first if need be.
 *
 * @throws BerthError; Stopped
 */
export async function openWork(job: JobContext): Promise<OpenWarm> {
  const prepared = await job.prepared;
  if (prepared !== null) {
    if (!isOf(job, prepared.offer)) {
      throw new BerthError('internal', 'the offer was of another template version than the job');
    }
    job.show(prepared.directory.files);
    return prepared;
  }
  const opened = await openWarm(job);
  job.onEnd(() => opened.directory.release());
  job.show(opened.directory.files);
  await opened.directory.startFrom(job.folder.work);
  return opened;
}

function isOf({ spec }: JobContext, offer: Offer): boolean {
  return offer.archive === spec.archive.digest && offer.lockFile === lockFileDigest(spec.lockFile);
}

import type { Offer } from '@berth/protocol';
import type { OpenWarm, WarmTemplates } from './warmTemplates.js';

/** A work directory that was filled while the accept was on its way. */
export interface PreparedWork extends OpenWarm {
  offer: Offer;
}

/** Fills a work directory from the warm directory that an offer asks for; null when there is none. */
export async function prepareFromOffer(warm: WarmTemplates, offer: Offer, work: string): Promise<PreparedWork | null> {
  const opened = await warm.open({ archive: offer.archive, lockFile: offer.lockFile });
  if (opened === null) return null;
  try {
    await opened.directory.startFrom(work);
  } catch (error) {
    opened.directory.release();
    throw error;
  }
  return { ...opened, offer };
}

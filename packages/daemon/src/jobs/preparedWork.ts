import type { Offer } from '@berth/protocol';
import { type AttemptFolder, type ReadySupervisor, readyApply } from '@berth/terraform';
import type { JobHost } from './jobHost.js';
import type { OpenWarm } from './warmTemplates.js';

/** What was made ready for an attempt while the accept was on its way: its work directory is filled. */
export interface PreparedWork extends OpenWarm {
  offer: Offer;
  /** Of a build: ready for its apply. */
  supervisor: ReadySupervisor | null;
}

/** Prepares an attempt from the warm directory that its offer asks for; null when there is none. */
export async function prepareFromOffer(
  { warm, engine, environment, sandbox }: JobHost,
  offer: Offer,
  folder: AttemptFolder,
): Promise<PreparedWork | null> {
  const opened = await warm.open({ archive: offer.archive, lockFile: offer.lockFile });
  if (opened === null) return null;
  let supervisor: ReadySupervisor | null = null;
  try {
    const filling = opened.directory.startFrom(folder.work);
    // Whoever awaits it hears of a failure; nobody does when there is no supervisor to be had.
    filling.catch(() => undefined);
    if (offer.jobType === 'workspace_build') {
      // The folder is filled meanwhile, in other threads.
      supervisor = readyApply({ engine, folder, env: environment, sandbox, readable: [opened.directory.files] });
    }
    await filling;
    return { ...opened, offer, supervisor };
  } catch (error) {
    supervisor?.dismiss();
    opened.directory.release();
    throw error;
  }
}

import { appendFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How soon room that somebody makes is taken, too. */
const AGAIN_MS = 10;

/**
 * Leaves next to no room on the disk of a folder for a while: what others free there is gone before they want it back.
 *
 * @param leftBytes how much room there is, so that what is larger is cut
 */
export async function fillDisk(folder: string, forMs: number, leftBytes: number): Promise<void> {
  const filler = join(folder, 'filler');
  for (const until = Date.now() + forMs; Date.now() < until; await delay(AGAIN_MS)) {
    const { bavail, bsize } = statfsSync(folder);
    try {
      const room = bavail * bsize - leftBytes;
      if (room > 0) appendFileSync(filler, Buffer.alloc(room));
    } catch {
      // As full as it gets: somebody else took the last blocks.
    }
  }
  rmSync(filler, { force: true });
}

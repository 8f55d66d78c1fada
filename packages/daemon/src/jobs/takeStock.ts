import { AttemptFolder, holdsRun } from '@berth/terraform';
import type { Logger } from 'pino';
import type { DataDirectory } from '../dataDir/dataDirectory.js';
import { readFinished } from '../journal/finishedRecord.js';
import { readJournal } from '../journal/readJournal.js';
import { endIdleRuns } from './endIdleRuns.js';
import type { LeftAttempt } from './leftAttempt.js';

/**
 * Lists the attempts that an earlier process has left in a data directory, and clears away what is of no use: folders
 * without a journal, in which nothing was begun, and engines that can change nothing (an init may be writing to a warm
 * directory that is about to be cleared).
 */
export async function takeStock(dataDir: DataDirectory, logger: Logger): Promise<LeftAttempt[]> {
  const left: LeftAttempt[] = [];
  for (const path of dataDir.leftAttempts()) {
    const contents = readJournal(path);
    const folder = new AttemptFolder(path);
    if (contents !== null) {
      left.push({ ...contents, folder, finished: readFinished(path) });
    } else if (holdsRun(folder.run('apply'))) {
      const kept = dataDir.keep(path, 'an apply was started here, and its journal cannot be read');
      logger.error({ folder: kept }, 'an attempt was left here of which nothing is known: its folder is kept');
    } else {
      dataDir.discard(path);
    }
  }
  await Promise.all(left.map(({ folder }) => endIdleRuns(folder)));
  await dataDir.clearDiscarded();
  return left;
}

import type { AttemptFolder } from '@berth/terraform';
import type { JournalContents } from '../journal/readJournal.js';
import type { Finished } from './finished.js';

/** An attempt that an earlier process has left, as its folder tells. */
export interface LeftAttempt extends JournalContents {
  folder: AttemptFolder;
  /** What it has come to; null when it had not come so far. */
  finished: Finished | null;
}

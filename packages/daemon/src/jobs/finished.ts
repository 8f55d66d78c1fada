import type { AttemptResult, BerthError } from '@berth/protocol';
import type { StateFile } from '../transfer/attemptApi.js';

/** What the work of a job has come to, before any of it is sent. */
export interface Finished {
  /** Null for success. */
  error: BerthError | null;
  /** The state that the attempt ends with; null when it made none, or the one it began with. */
  state: StateFile | null;
  /** The state that the attempt began with and still has: worth telling once it was fenced, since nothing is missing. */
  unchanged: StateFile | null;
  /** Null when there is nothing to tell. */
  result: AttemptResult | null;
}

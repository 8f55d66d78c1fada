import type { JobEvent } from '@berth/client';

/** Shows a job while it is followed, on stderr. */
export interface JobView {
  add(event: JobEvent): void;
  /** The coordinator is not heard (why), or it is again (null). */
  setLost(reason: string | null): void;
  /** Nothing more is shown. Gives the lines that its reader has not seen yet and should when the job has ended. */
  end(): string[];
}

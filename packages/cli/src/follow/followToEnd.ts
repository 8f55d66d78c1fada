import { type Client, followJob } from '@berth/client';
import { type BerthError, type Job, routes } from '@berth/protocol';
import type { JobView } from './jobView.js';

/** What the coordinator may be away for before following is given up. Builds go on meanwhile. */
const giveUpAfterMs = 10 * 60_000;

export interface Ended {
  job: Job;
  /** Lines of the view that its reader has not seen yet. */
  unseen: string[];
}

/**
 * Shows a job in a view until it has ended, and gives it as it ended.
 *
 * @throws BerthError `unreachable` when the coordinator stays away; the signal's reason when it is aborted
 */
export async function followToEnd(client: Client, id: string, view: JobView, signal: AbortSignal): Promise<Ended> {
  let last: Job | null = null;
  let lostSince: number | null = null;
  let unseen: string[] = [];
  const onRetry = (error: BerthError) => {
    if (lostSince === null) view.setLost(`The coordinator does not answer (${error.message}); trying again.`);
    lostSince ??= Date.now();
    if (Date.now() - lostSince > giveUpAfterMs) throw error;
  };
  try {
    for await (const event of followJob(client, id, { signal, onRetry })) {
      if (lostSince !== null) view.setLost(null);
      lostSince = null;
      view.add(event);
      if (event.type === 'job') last = event.job;
    }
  } finally {
    unseen = view.end();
  }
  const job = last?.finishedAt ? last : await client.call(routes.getJob, { params: { job: id } });
  return { job, unseen };
}

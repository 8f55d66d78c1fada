import type { Store } from '@berth/store';
import type { Logger } from 'pino';
import { Rounds } from './rounds.js';

/** Between two steps of a pass: each takes a few milliseconds, and requests come first. */
const stepMs = 100;

/**
 * Deletes what nobody needs any more: uploads that broke off, archives of deleted templates, old dry runs, states beyond the retention.
 *
 * @param stateBuilds of how many of its last builds a workspace keeps the states; null for all
 */
export function sweeps(
  { store, log, sweepMs }: { store: Pick<Store, 'maintenance'>; log: Logger; sweepMs: number },
  stateBuilds: number | null,
): Rounds {
  const round = async () => {
    const { more, dryRuns, droppedStates, freedBytes } = await store.maintenance.sweep(
      stateBuilds === null ? {} : { stateBuilds },
    );
    if (dryRuns + droppedStates + freedBytes > 0)
      log.info({ dryRuns, droppedStates, freedBytes }, 'deleted what nobody needs');
    return more ? stepMs : sweepMs;
  };
  return new Rounds('deleting what nobody needs', round, Math.min(sweepMs, 10_000), log);
}

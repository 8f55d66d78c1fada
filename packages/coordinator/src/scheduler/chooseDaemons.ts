import { canRun, type JobRequirements } from '@berth/protocol';
import type { LiveDaemon } from '../daemons/liveDaemon.js';

/**
 * The daemons with an open slot that may run a job, best first: one that has run its template archive and so has a warm
 * directory; then one of somebody's own before a built-in one, which shares the coordinator's machine; then the one with
 * most open slots.
 */
export function chooseDaemons(
  daemons: readonly LiveDaemon[],
  job: JobRequirements,
  archive: string | null,
): LiveDaemon[] {
  const warm = (daemon: LiveDaemon) => (archive !== null && daemon.hasRun(archive) ? 0 : 1);
  return daemons
    .filter(daemon => daemon.openSlots > 0 && canRun(job, daemon.capabilities))
    .sort(
      (a, b) => warm(a) - warm(b) || Number(a.record.builtIn) - Number(b.record.builtIn) || b.openSlots - a.openSlots,
    );
}

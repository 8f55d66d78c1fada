import type { FaultsDatabase } from './database.js';
import type { Fault } from './faults.js';
import type { SmallDisks } from './smallDisks.js';

/** What a run has, which some faults need. */
interface Means {
  database: FaultsDatabase | null;
  disks: SmallDisks;
}

/** Names of the faults that cannot happen in a run, each with the reason; null where nobody would expect it. */
export function leftOut(faults: readonly Fault[], means: Means): Map<string, string | null> {
  const reasons = faults.map(fault => [fault.name, reasonAgainst(fault, means)] as const);
  return new Map(reasons.flatMap(([name, reason]) => (reason === false ? [] : [[name, reason]])));
}

/** False when there is none. */
function reasonAgainst({ needs }: Fault, { database, disks }: Means): string | null | false {
  if (needs === undefined) return false;
  if (needs === 'small disks') return disks.possible ? false : 'only root may mount disks in memory';
  if (database === null) return null;
  if (needs === 'own server') return database.server === null && "the server is not the run's own";
  if (needs === 'ordinary user') return database.isSuperusers && 'no limit holds for a superuser';
  return false;
}

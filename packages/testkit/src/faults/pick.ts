import { setTimeout as delay } from 'node:timers/promises';
import type { Scene } from './faults.js';
import { enginesOf } from './processes.js';
import type { SiteDaemon } from './site.js';

/** Longer than any fault keeps the coordinator away, and all builds with it. */
const BUSY_LIMIT_MS = 30_000;
const LOOK_MS = 100;

export function pickDaemon({ site, random }: Scene): SiteDaemon {
  return random.pick(site.daemons);
}

/**
 * One that has a terraform at work, for which it waits a while: only then is there something to lose. With nothing at work
 * anywhere, any of them.
 */
export async function pickBusy({ site, random }: Scene): Promise<SiteDaemon> {
  for (const until = Date.now() + BUSY_LIMIT_MS; Date.now() < until; await delay(LOOK_MS)) {
    const busy = site.daemons.filter(({ dataDir }) => enginesOf(dataDir).length > 0);
    if (busy.length > 0) return random.pick(busy);
  }
  return random.pick(site.daemons);
}

export function oneOf<T>({ random }: Scene, these: readonly T[]): T[] {
  return these.length === 0 ? [] : [random.pick(these)];
}

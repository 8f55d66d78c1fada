import { setTimeout as delay } from 'node:timers/promises';
import { listAll } from '@berth/client';
import { routes } from '@berth/protocol';
import type { BuildSpan } from './builds.js';
import type { Fault, Scene } from './faults.js';
import type { Site } from './site.js';

/** Longest that a fault is waited for to be over; what takes longer has another fault behind it. */
const RECOVERY_LIMIT_MS = 60_000;
const LOOK_MS = 50;

/** Longest that a fault waits for a build to end after the one before it. */
const PROGRESS_LIMIT_MS = 5_000;

/** A fault that happened, on our clock. */
export interface Happened {
  fault: Fault;
  /** Name of the daemon that it was done to; null when it was the coordinator's. */
  daemon: string | null;
  from: number;
  /** When what it broke could work again. */
  to: number;
  /** How much longer it took until the coordinator answered and the daemon was connected; null when it never was. */
  recoveryMs: number | null;
}

/** Lets faults of a list happen, one after the other, as long as `next` has one. */
export async function keepFailing(
  faults: readonly Fault[],
  scene: Scene,
  options: {
    /** Shortest and longest pause before the next one. */
    pauseMs: readonly [number, number];
    next: () => boolean;
    /** How many builds have ended so far. */
    ended: () => number;
    say: (text: string) => void;
    onEnd: (happened: Happened) => void;
  },
): Promise<void> {
  const byWeight = faults.flatMap(fault => Array.from({ length: fault.weight }, () => fault));
  const recoveries: Promise<void>[] = [];
  let ended = -1;
  while (options.next()) {
    // On a machine that is busy with other things faults come slower, too, or nothing but they would go on.
    for (const until = Date.now() + PROGRESS_LIMIT_MS; options.ended() === ended && Date.now() < until; )
      await delay(LOOK_MS);
    ended = options.ended();
    await delay(scene.random.between(...options.pauseMs));
    const now = byWeight.filter(({ mayHappen }) => mayHappen?.(scene) ?? true);
    const fault = scene.random.pick(now.length > 0 ? now : byWeight);
    const from = Date.now();
    const daemon = await fault.run(scene);
    const to = Date.now();
    options.say(`${fault.name}${daemon === null ? '' : ` (${daemon.name})`}, ${((to - from) / 1000).toFixed(1)} s`);
    const name = daemon?.name ?? null;
    const recovery = recovered(scene.site, name).then(recoveryMs =>
      options.onEnd({ fault, daemon: name, from, to, recoveryMs }),
    );
    recoveries.push(recovery);
  }
  await Promise.all(recoveries);
}

/** Whether a fault happened to a build, while it was under way. */
export function isIn(span: BuildSpan, fault: Happened): boolean {
  const sameDaemon = fault.daemon === null || fault.daemon === span.daemon;
  return sameDaemon && fault.from <= span.to && fault.to >= span.from;
}

/** Waits until the coordinator answers and knows the daemon as connected; gives the time that it took. */
async function recovered(site: Site, daemon: string | null): Promise<number | null> {
  const began = Date.now();
  while (Date.now() - began < RECOVERY_LIMIT_MS) {
    if (await isWell(site, daemon)) return Date.now() - began;
    await delay(LOOK_MS);
  }
  return null;
}

async function isWell(site: Site, name: string | null): Promise<boolean> {
  try {
    for await (const daemon of listAll(site.client, routes.listDaemons, { params: { organization: 'default' } })) {
      if (daemon.name === name) return daemon.status !== 'offline';
    }
    return name === null;
  } catch {
    // It is not well yet; what is wrong is the run's to find.
    return false;
  }
}

import type { FaultsDatabase } from './database.js';
import type { Problem } from './problem.js';
import type { Random } from './random.js';
import type { Site, SiteDaemon } from './site.js';

/** What a fault is done to, and how it is told. */
export interface Scene {
  site: Site;
  random: Random;
  /** Null on SQLite. */
  database: FaultsDatabase | null;
  /** For how long things are away; null for random times. */
  awayMs: number | null;
  /** How long builds go on without the coordinator. */
  holdMs: number;
  /** Takes what is seen to be wrong at once. */
  found: (problem: Problem) => void;
}

/** What a run must have for a fault; each but the first is a Postgres with something special. */
export type Need = 'small disks' | 'postgres' | 'own server' | 'ordinary user';

/** One kind of fault. */
export interface Fault {
  name: string;
  /** How often it comes, against the others of its list; 0 for one that comes only when it is asked for. */
  weight: number;
  /** It may end what is making an object, which may then be left without an owner. */
  hard?: true;
  /** There may be no room for what terraform prints. */
  fillsDisk?: true;
  /** What a run must have for it. */
  needs?: Need;
  /** Whether it may come now, if there are others; always when not given. */
  mayHappen?(scene: Scene): boolean;
  /** Returns once what it broke may work again, with the daemon that it was done to. */
  run(scene: Scene): Promise<SiteDaemon | null>;
}

/** Milliseconds for which something is away: mostly short, now and then longer than the hold. */
export function away({ awayMs, random }: Scene): number {
  if (awayMs !== null) return awayMs;
  return random.chance(95) ? random.between(100, 3_000) : random.between(12_000, 18_000);
}

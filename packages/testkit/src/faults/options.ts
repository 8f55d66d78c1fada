import { parseArgs } from 'node:util';

export interface FaultsOptions {
  /** The same seed gives the same faults and builds, in the same order. */
  seed: number;
  workspaces: number;
  daemons: number;
  /** How many faults happen. */
  faults: number;
  /** Only faults whose name has this in it; empty for all. */
  only: string;
  /** How long something is away in each fault, in seconds; null for random times. */
  awaySeconds: number | null;
  /** On a Postgres of the run's own, not on SQLite. */
  postgres: boolean;
  /** Keeps the folder of the run, which a run that found something always does. */
  keep: boolean;
}

export const usage = `usage: scripts/faults [--seed N] [--workspaces N] [--daemons N] [--faults N] [--only TEXT] [--away SECONDS] [--postgres] [--keep]`;

/** Reads the command line. Throws Error, saying what is wrong. */
export function readOptions(args: string[]): FaultsOptions {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      workspaces: { type: 'string', default: '6' },
      daemons: { type: 'string', default: '3' },
      faults: { type: 'string', default: '60' },
      only: { type: 'string', default: '' },
      away: { type: 'string' },
      postgres: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    seed: whole('seed', values.seed, 0),
    workspaces: whole('workspaces', values.workspaces, 1),
    daemons: whole('daemons', values.daemons, 1),
    faults: whole('faults', values.faults, 0),
    only: values.only,
    awaySeconds: values.away === undefined ? null : whole('away', values.away, 0),
    postgres: values.postgres,
    keep: values.keep,
  };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`--${name} ${text}: a whole number from ${least}`);
  return number;
}

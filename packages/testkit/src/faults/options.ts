import { parseArgs } from 'node:util';

export interface FaultsOptions {
  /** The same seed gives the same faults and builds, in the same order. */
  seed: number;
  workspaces: number;
  daemons: number;
  /** How many faults happen. */
  faults: number;
  /** More faults happen until so many builds have ended. */
  builds: number;
  /** Only faults whose name has this in it; empty for all. */
  only: string;
  /** How long something is away in each fault, in seconds; null for random times. */
  awaySeconds: number | null;
  /** How long builds go on without the coordinator, in seconds. */
  holdSeconds: number;
  /** On a Postgres of the run's own, not on SQLite. */
  postgres: boolean;
  /** Keeps the folder of the run, which a run that found something always does. */
  keep: boolean;
}

export const usage = `usage: scripts/faults [--seed N] [--workspaces N] [--daemons N] [--faults N] [--builds N] [--only TEXT] [--away SECONDS] [--hold SECONDS] [--long] [--postgres] [--keep]`;

/** Two outages of ten minutes, below the hold that the coordinator has when nothing else is said. */
const long = ['--faults', '2', '--only', 'the coordinator', '--away', '600', '--hold', '1200'];

/** Reads the command line. Throws Error, saying what is wrong. */
export function readOptions(args: string[]): FaultsOptions {
  const { values } = parseArgs({
    // Later ones win: what is given beside --long changes it.
    args: args.includes('--long') ? [...long, ...args] : args,
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      workspaces: { type: 'string', default: '6' },
      daemons: { type: 'string', default: '3' },
      faults: { type: 'string', default: '60' },
      builds: { type: 'string', default: '0' },
      only: { type: 'string', default: '' },
      away: { type: 'string' },
      hold: { type: 'string', default: '12' },
      long: { type: 'boolean', default: false },
      postgres: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    seed: whole('seed', values.seed, 0),
    workspaces: whole('workspaces', values.workspaces, 1),
    daemons: whole('daemons', values.daemons, 1),
    faults: whole('faults', values.faults, 0),
    builds: whole('builds', values.builds, 0),
    only: values.only,
    holdSeconds: whole('hold', values.hold, 5),
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

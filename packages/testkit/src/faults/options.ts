import { parseArgs } from 'node:util';

export interface FaultsOptions {
  /** The same seed gives the same faults and builds, in the same order. */
  seed: number;
  workspaces: number;
  daemons: number;
  /** How many builds each daemon runs at once. */
  maxJobs: number;
  /** How many faults happen. */
  faults: number;
  /** More faults happen until so many builds have ended. */
  builds: number;
  /** Only faults whose name has one of these in it; empty for all. */
  only: readonly string[];
  /** How long something is away in each fault, in seconds; null for random times. */
  awaySeconds: number | null;
  /** How long builds go on without the coordinator, in seconds. */
  holdSeconds: number;
  /** Shortest pause between two builds of a workspace, in milliseconds. */
  restMs: number;
  /** Every build makes the same objects anew, and none is canceled. */
  steady: boolean;
  /** Longest that a build may take once everything works again. */
  buildLimitSeconds: number;
  /** How many lines each object prints while it is made, a hundred of them in a second. */
  lines: number;
  /** What the state of each object is filled with. */
  ballastBytes: number;
  /** Guards that are switched off, to see that the run would notice. */
  guardsOff: readonly string[];
  /** On a Postgres of the run's own, not on SQLite. */
  postgres: boolean;
  /** On a Postgres server that is there, in a database beside this one; null for none. */
  databaseUrl: string | null;
  /** Keeps the folder of the run, which a run that found something always does. */
  keep: boolean;
}

export const usage = `usage: scripts/faults [--seed N] [--workspaces N] [--daemons N] [--max-jobs N] [--faults N] [--builds N] [--only TEXT,...] [--away SECONDS] [--hold SECONDS] [--long] [--rest MILLISECONDS] [--steady] [--build-limit SECONDS] [--lines N] [--ballast BYTES] [--guard-off NAME]... [--postgres | --database-url URL] [--keep]`;

/** Two outages of ten minutes, below the hold that the coordinator has when nothing else is said. */
const long = [
  ...['--faults', '2', '--only', 'kill the coordinator,freeze the coordinator'],
  ...['--away', '600', '--hold', '1200'],
];

/** Reads the command line. Throws Error, saying what is wrong. */
export function readOptions(args: string[]): FaultsOptions {
  const { values } = parseArgs({
    // Later ones win: what is given beside --long changes it.
    args: args.includes('--long') ? [...long, ...args] : args,
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      workspaces: { type: 'string', default: '6' },
      daemons: { type: 'string', default: '3' },
      'max-jobs': { type: 'string', default: '4' },
      faults: { type: 'string', default: '60' },
      builds: { type: 'string', default: '0' },
      only: { type: 'string', default: '' },
      away: { type: 'string' },
      hold: { type: 'string', default: '12' },
      long: { type: 'boolean', default: false },
      rest: { type: 'string', default: '0' },
      // A lost attempt is given up after two minutes, and others may wait before it.
      'build-limit': { type: 'string', default: '300' },
      steady: { type: 'boolean', default: false },
      lines: { type: 'string', default: '40' },
      ballast: { type: 'string', default: '1' },
      'guard-off': { type: 'string', multiple: true, default: [] },
      postgres: { type: 'boolean', default: false },
      'database-url': { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  if (values.postgres && values['database-url'] !== undefined)
    throw new Error('--postgres is a server of its own: leave out --database-url');
  return {
    seed: whole('seed', values.seed, 0),
    workspaces: whole('workspaces', values.workspaces, 1),
    daemons: whole('daemons', values.daemons, 1),
    maxJobs: whole('max-jobs', values['max-jobs'], 1),
    faults: whole('faults', values.faults, 0),
    builds: whole('builds', values.builds, 0),
    only: values.only.split(',').filter(text => text !== ''),
    holdSeconds: whole('hold', values.hold, 5),
    awaySeconds: values.away === undefined ? null : whole('away', values.away, 0),
    restMs: whole('rest', values.rest, 0),
    steady: values.steady,
    buildLimitSeconds: whole('build-limit', values['build-limit'], 1),
    lines: whole('lines', values.lines, 1),
    ballastBytes: whole('ballast', values.ballast, 1),
    guardsOff: values['guard-off'],
    postgres: values.postgres,
    databaseUrl: values['database-url'] ?? null,
    keep: values.keep,
  };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`--${name} ${text}: a whole number from ${least}`);
  return number;
}

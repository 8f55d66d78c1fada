import { parseArgs } from 'node:util';

export interface FaultsOptions {
  /** The same seed gives the same faults and builds, in the same order. */
  seed: number;
  workspaces: number;
  daemons: number;
  /** For how long faults happen, in seconds. The end of the run, in which nothing fails, comes on top. */
  seconds: number;
  database: 'sqlite' | 'postgres';
  /** Keeps the folder of the run, which a run that found something always does. */
  keep: boolean;
}

export const usage = `usage: scripts/faults [--seed N] [--workspaces N] [--daemons N] [--seconds N] [--database sqlite|postgres] [--keep]`;

/** Reads the command line. Throws Error, saying what is wrong. */
export function readOptions(args: string[]): FaultsOptions {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      workspaces: { type: 'string', default: '6' },
      daemons: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '120' },
      database: { type: 'string', default: 'sqlite' },
      keep: { type: 'boolean', default: false },
    },
  });
  const { database } = values;
  if (database !== 'sqlite' && database !== 'postgres') throw new Error(`--database ${database}: sqlite or postgres`);
  return {
    seed: whole('seed', values.seed, 0),
    workspaces: whole('workspaces', values.workspaces, 1),
    daemons: whole('daemons', values.daemons, 1),
    seconds: whole('seconds', values.seconds, 1),
    database,
    keep: values.keep,
  };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`--${name} ${text}: a whole number from ${least}`);
  return number;
}

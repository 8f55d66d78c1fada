import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { TerraformError } from '../errors.js';
import { bootId } from './bootClock.js';
import { defaultLadder, type LadderTimings, type RunLimits } from './ladder.js';
import { readText, writeLease } from './runFiles.js';
import type { RunFolder } from './runFolder.js';

/** What a run is started with. */
export interface RunTerms {
  /** Until when it may run without a renewal, in seconds since boot. */
  leaseDeadline: number;
  ladder?: Partial<LadderTimings> | undefined;
  limits?: RunLimits | undefined;
}

/**
 * Writes what must be there before a supervisor starts.
 *
 * @throws TerraformError `start_failed` when the folder holds a run already: its exit code or stop file would count for
 *   the new one
 */
export function prepareRun(run: RunFolder, { leaseDeadline, ladder, limits }: RunTerms): void {
  mkdirSync(run.path, { recursive: true, mode: 0o700 });
  if (holdsRun(run)) throw new TerraformError('start_failed', `${run.path} holds a run already`);
  const { pollMs, graceMs, stepMs } = { ...defaultLadder, ...ladder };
  const terms = [
    pollMs / 1000,
    hundredths(graceMs),
    hundredths(stepMs),
    limits?.deadline === undefined ? '-' : hundredths(limits.deadline * 1000),
    limits?.silenceMs === undefined ? '-' : hundredths(limits.silenceMs),
  ];
  writeFileSync(run.terms, `${bootId()}\n${terms.join(' ')}\n`, { flag: 'wx' });
  writeLease(run, leaseDeadline);
  writeFileSync(run.exit, '----\n');
}

/** Whether the run was started since the machine was: else nothing of it can run any more. */
export function isThisBoot(run: RunFolder): boolean {
  return readText(run.terms)?.startsWith(`${bootId()}\n`) === true;
}

/** Whether the folder holds a run at all. */
export function holdsRun(run: RunFolder): boolean {
  return existsSync(run.terms);
}

/** As the supervisor counts: a shell knows no fractions. */
function hundredths(ms: number): number {
  return Math.max(0, Math.round(ms / 10));
}

import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { guardHolds } from '../guards.js';
import type { RunFolder } from './runFolder.js';

/** What a stop file asks for: the ladder from its start, or its plugin step at once. */
export type StopMode = 'soft' | 'hard';

/** Rungs of the stop ladder, in the order of their hardness. */
export const rungNames = ['interrupt', 'plugins', 'interrupt_again', 'kill'] as const;
export type RungName = (typeof rungNames)[number];

/** What can begin the ladder: the end of the lease, a stop, a limit of the run. */
export const stopCauses = ['lease', 'soft', 'hard', 'build_timeout', 'no_output_timeout'] as const;
export type StopCause = (typeof stopCauses)[number];

/** A rung that was reached. */
export interface Rung {
  name: RungName;
  /** What began the ladder; on its first rung alone. */
  cause: StopCause | null;
  /** When, in seconds since boot. */
  at: number;
}

/** A deadline beyond any uptime, of as many digits as the supervisor takes for a number. */
const NEVER = 99_999_999_999;

/** Sets the deadline, in seconds since boot, rounded down. */
export function writeLease(run: RunFolder, deadline: number): void {
  const until = guardHolds('terraform.lease') ? deadline : NEVER;
  replaceFile(run.lease, `${Math.max(0, Math.floor(until))}\n`);
}

export function writeStop(run: RunFolder, mode: StopMode): void {
  replaceFile(run.stop, `${mode}\n`);
}

/** What the run has been asked to do; null when nothing. */
export function readStop(run: RunFolder): StopMode | null {
  const text = readText(run.stop);
  if (text === null) return null;
  return text.trim() === 'hard' ? 'hard' : 'soft';
}

/**
 * What is recorded of the run's end; null before. `code` is 128 + N when signal N ended the engine, and null when who
 * could have known it was killed. The supervisor writes it over the dashes: where one of them is left, it is still
 * writing.
 */
export function readExit(run: RunFolder): { code: number | null } | null {
  const text = readText(run.exit);
  if (text === 'none\n') return { code: null };
  return text !== null && /^\d+ *\n$/.test(text) ? { code: Number(text) } : null;
}

/** The rungs that were reached, in order; empty when the engine ended by itself. */
export function readRungs(run: RunFolder): Rung[] {
  const rungs: Rung[] = [];
  for (const line of (readText(run.rungs) ?? '').split('\n')) {
    const words = line.split(' ');
    const name = rungNames.find(known => known === words[0]);
    const at = Number(words.at(-1));
    if (name === undefined || Number.isNaN(at)) continue;
    const cause = stopCauses.find(known => words.length === 3 && known === words[1]);
    rungs.push({ name, cause: cause ?? null, at: at / 100 });
  }
  return rungs;
}

/** Text of a file that may not be there. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Readers see the old content or the new one, never a part. On a full disk what is there is written over in place, which
 * takes no space: these few bytes lie in one block, and the supervisor takes nothing but a whole number.
 */
function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    if (!isFull(error) || !existsSync(path)) throw error;
    const file = openSync(path, 'r+');
    try {
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

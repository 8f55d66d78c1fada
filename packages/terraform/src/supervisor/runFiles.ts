import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { TerraformError } from '../errors.js';
import { bootId } from './bootClock.js';
import type { ProcessIdentity } from './processIdentity.js';
import type { RunFolder } from './runFolder.js';

/** What a stop file asks for: the ladder from its start, or its plugin step at once. */
export type StopMode = 'soft' | 'hard';

/** Rungs of the stop ladder, in the order of their hardness. */
export const rungNames = ['interrupt', 'plugins', 'interrupt_again', 'kill'] as const;
export type RungName = (typeof rungNames)[number];

/** A rung that was reached. */
export interface Rung {
  name: RungName;
  /** What began the ladder; on its first rung alone. */
  cause: 'lease' | StopMode | null;
  /** When, in seconds since boot. */
  at: number;
}

/** The processes of a run, as its supervisor recorded them. */
export interface RunPids {
  supervisor: ProcessIdentity;
  /** What the supervisor waits for: the engine, or the sandbox around it. */
  child: ProcessIdentity;
  /** What gets the signals. */
  engine: ProcessIdentity;
}

/**
 * Writes what must be there before a supervisor starts. `deadline` in seconds since boot.
 *
 * @throws TerraformError `start_failed` when the folder holds a run already: its exit code or stop file would count for
 *   the new one
 */
export function prepareRun(run: RunFolder, deadline: number): void {
  mkdirSync(run.path, { recursive: true, mode: 0o700 });
  if (holdsRun(run)) throw new TerraformError('start_failed', `${run.path} holds a run already`);
  writeFileSync(run.boot, `${bootId()}\n`, { flag: 'wx' });
  writeLease(run, deadline);
  writeFileSync(run.exit, '----\n');
}

/** Sets the deadline, in seconds since boot, rounded down. */
export function writeLease(run: RunFolder, deadline: number): void {
  replaceFile(run.lease, `${Math.max(0, Math.floor(deadline))}\n`);
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
 * The exit code, once it is recorded: 128 + N when signal N ended the engine. The supervisor writes it over the dashes:
 * where one of them is left, it is still writing.
 */
export function readExit(run: RunFolder): number | null {
  const text = readText(run.exit);
  return text !== null && /^\d+ *\n$/.test(text) ? Number(text) : null;
}

/** The rungs that were reached, in order; empty when the engine ended by itself. */
export function readRungs(run: RunFolder): Rung[] {
  const rungs: Rung[] = [];
  for (const line of (readText(run.rungs) ?? '').split('\n')) {
    const words = line.split(' ');
    const name = rungNames.find(known => known === words[0]);
    const at = Number(words.at(-1));
    if (name === undefined || Number.isNaN(at)) continue;
    const cause = (['lease', 'soft', 'hard'] as const).find(known => words.length === 3 && known === words[1]);
    rungs.push({ name, cause: cause ?? null, at: at / 100 });
  }
  return rungs;
}

/** The recorded processes; null before the supervisor has written them, and when they belong to another boot. */
export function readRunPids(run: RunFolder): RunPids | null {
  if (!isThisBoot(run)) return null;
  const rows = new Map<string, ProcessIdentity>();
  // What stands after the last line break is still being written.
  for (const line of (readText(run.pids) ?? '').split('\n').slice(0, -1)) {
    const [role, pid, start] = line.split(' ');
    // No start time: it had ended before the supervisor could look.
    if (role !== undefined && pid !== undefined) rows.set(role, { pid: Number(pid), start: start ?? '' });
  }
  const [supervisor, child, engine] = [rows.get('supervisor'), rows.get('child'), rows.get('engine')];
  return supervisor && child && engine ? { supervisor, child, engine } : null;
}

/** Whether the run was started since the machine was: else nothing of it can run any more. */
export function isThisBoot(run: RunFolder): boolean {
  return readText(run.boot)?.trim() === bootId();
}

/** Whether the folder holds a run at all. */
export function holdsRun(run: RunFolder): boolean {
  return existsSync(run.boot);
}

/** Readers see the old content or the new one, never a part. */
function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

/** Text of a file that may not be there. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

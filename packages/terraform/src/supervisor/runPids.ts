import { appendFileSync, existsSync, realpathSync } from 'node:fs';
import { findByOutput } from './findProcesses.js';
import { identify, type ProcessIdentity, sessionOf } from './processIdentity.js';
import { readText } from './runFiles.js';
import type { RunFolder } from './runFolder.js';
import { isThisBoot } from './runTerms.js';
import { readSandboxReport } from './sandboxReport.js';

/** The processes of a run, as its supervisor recorded them. */
export interface RunPids {
  supervisor: ProcessIdentity;
  /** Looks at lease and stop file, and sends the signals; null for the moment before it is recorded. */
  watcher: ProcessIdentity | null;
  /** What the supervisor waits for: the engine, or the sandbox around it. */
  child: ProcessIdentity;
  /** What gets the signals. */
  engine: ProcessIdentity;
}

/** What is known of the processes of a run. */
type KnownPids = { [role in keyof RunPids]: ProcessIdentity | null };

/** The recorded processes; null before all are recorded, and when they belong to another boot. */
export function readRunPids(run: RunFolder): RunPids | null {
  if (!isThisBoot(run)) return null;
  const { supervisor, watcher, child, engine } = readKnownPids(run);
  return supervisor && child && engine ? { supervisor, watcher, child, engine } : null;
}

/** Those processes that are recorded; they must belong to this boot. */
export function readKnownPids(run: RunFolder): KnownPids {
  const rows = new Map<string, ProcessIdentity>();
  // What stands after the last line break is still being written.
  for (const line of (readText(run.pids) ?? '').split('\n').slice(0, -1)) {
    const [role, pid, start] = line.split(' ');
    // No start time: it had ended before the supervisor could look.
    if (role !== undefined && pid !== undefined) rows.set(role, { pid: Number(pid), start: start ?? '' });
  }
  const known = (role: string): ProcessIdentity | null => rows.get(role) ?? null;
  return {
    supervisor: known('supervisor'),
    watcher: known('watcher'),
    child: known('child'),
    // The sandbox reports it before the watcher looks there.
    engine: known('engine') ?? (rows.has('child') ? sandboxedEngine(run) : null),
  };
}

/** Adds a row as the supervisor writes them. */
export function recordPid(run: RunFolder, role: keyof RunPids, { pid, start }: ProcessIdentity): void {
  appendFileSync(run.pids, `${role} ${pid} ${start}\n`);
}

/**
 * Finds the processes of a run whose supervisor was killed between starting and recording them, by who has its output
 * open as stdout (plugins and provisioners write into pipes), and records them.
 *
 * @returns whether anything of the run still lives
 */
export function recoverPids(run: RunFolder): boolean {
  const holders = existsSync(run.output) ? findByOutput(realpathSync(run.output)) : [];
  const child = holders.find(holder => sessionOf(holder.pid) === holder.pid) ?? holders[0];
  if (child === undefined) return false;
  recordPid(run, 'child', child);
  if (!existsSync(run.sandbox)) recordPid(run, 'engine', child);
  return true;
}

function sandboxedEngine(run: RunFolder): ProcessIdentity | null {
  const pid = readSandboxReport(run).childPid;
  return pid === null ? null : (identify(pid) ?? { pid, start: '' });
}

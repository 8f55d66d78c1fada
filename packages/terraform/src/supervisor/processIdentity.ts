import { readFileSync } from 'node:fs';
import { guardHolds } from '../guards.js';

/** A process, told apart from a later one of the same number by when it started. */
export interface ProcessIdentity {
  pid: number;
  /** In clock ticks since boot, as /proc/PID/stat has it. */
  start: string;
}

/** Whether exactly this process still runs. A zombie has ended. */
export function isAlive(identity: ProcessIdentity): boolean {
  const found = readStat(identity.pid);
  if (found === null || found.state === 'Z' || found.state === 'X') return false;
  return found.start === identity.start || !guardHolds('terraform.process_identity');
}

/** Identity of the process that has this number now; null when there is none. */
export function identify(pid: number): ProcessIdentity | null {
  const found = readStat(pid);
  return found === null ? null : { pid, start: found.start };
}

/** The session of the process that has this number now, known by its leader's pid; null when there is none. */
export function sessionOf(pid: number): number | null {
  return readStat(pid)?.session ?? null;
}

/** Text of a file below /proc; null when its process has gone, or is not ours to look at. */
export function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function readStat(pid: number): { state: string; session: number; start: string } | null {
  const stat = readProc(`/proc/${pid}/stat`);
  // The second field is the name in parentheses, which may hold anything; state is the third, session the sixth, start
  // time the 22nd.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, session, start] = [fields?.[0], fields?.[3], fields?.[19]];
  return state === undefined || session === undefined || start === undefined
    ? null
    : { state, session: Number(session), start };
}

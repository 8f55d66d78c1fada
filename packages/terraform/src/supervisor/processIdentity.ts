import { readdirSync, readFileSync } from 'node:fs';

/** A process, told apart from a later one of the same number by when it started. */
export interface ProcessIdentity {
  pid: number;
  /** In clock ticks since boot, as /proc/PID/stat has it. */
  start: string;
}

/** Whether exactly this process still runs. A zombie has ended. */
export function isAlive(identity: ProcessIdentity): boolean {
  const found = readStat(identity.pid);
  return found !== null && found.start === identity.start && found.state !== 'Z' && found.state !== 'X';
}

/** Identity of the process that has this number now; null when there is none. */
export function identify(pid: number): ProcessIdentity | null {
  const found = readStat(pid);
  return found === null ? null : { pid, start: found.start };
}

/** Finds live processes that carry all of `needles`, in this order, among their arguments. */
export function findByArguments(needles: readonly string[]): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const argv = readProc(`/proc/${name}/cmdline`)?.split('\0') ?? [];
    let next = 0;
    for (const argument of argv) if (argument === needles[next]) next++;
    const identity = next === needles.length ? identify(Number(name)) : null;
    if (identity !== null && isAlive(identity)) found.push(identity);
  }
  return found;
}

function readStat(pid: number): { state: string; start: string } | null {
  const stat = readProc(`/proc/${pid}/stat`);
  // The second field is the name in parentheses, which may hold anything; state is the third, start time the 22nd.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields?.[0], fields?.[19]];
  return state === undefined || start === undefined ? null : { state, start };
}

/** Text of a file below /proc; null when its process has gone. */
function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

import { readdirSync, readlinkSync } from 'node:fs';
import { identify, isAlive, type ProcessIdentity, readProc } from './processIdentity.js';

/** Finds live processes that carry all of `needles`, in this order, among their arguments. */
export function findByArguments(needles: readonly string[]): ProcessIdentity[] {
  return findProcesses(pid => {
    const argv = readProc(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
    let next = 0;
    for (const argument of argv) if (argument === needles[next]) next++;
    return next === needles.length;
  });
}

/** Finds live processes whose stdout is this file, an absolute path without links. */
export function findByOutput(path: string): ProcessIdentity[] {
  return findProcesses(pid => {
    try {
      return readlinkSync(`/proc/${pid}/fd/1`) === path;
    } catch {
      // It has gone, has no stdout, or is not ours to look at.
      return false;
    }
  });
}

function findProcesses(fits: (pid: number) => boolean): ProcessIdentity[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.map(Number).flatMap(pid => {
    const identity = fits(pid) ? identify(pid) : null;
    return identity !== null && isAlive(identity) ? [identity] : [];
  });
}

import { readFileSync } from 'node:fs';

/** A process, told apart from a later one of the same pid: by its start and by the boot of the machine. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of `/proc/PID/stat`, clock ticks since boot; null where there is no `/proc`. */
  startTime: string | null;
  bootId: string | null;
}

/** Identity of the process with this pid; null when there is none. Where there is no `/proc`, only the pid is known. */
export function identify(pid: number): ProcessIdentity | null {
  const bootId = read('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
  if (bootId === null) return { pid, startTime: null, bootId };
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the command's name in parentheses, and may itself hold spaces and parentheses.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, startTime: afterName[19] ?? null, bootId };
}

/** Whether the process that was identified so is there still. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== null && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC of Linux, as /proc/PID/fdinfo/N prints it (octal). */
const CLOSE_ON_EXEC = 0o2000000;

let inherited: number[] | null = null;

/**
 * The `stdio` with which a supervisor is to be started so that nothing of ours reaches the engine and its plugins. Node
 * opens its files close-on-exec (and makes those below 16 so that it inherits), but a higher one that this process has
 * inherited would be passed on and held open for hours. Such a number is given /dev/null instead: the supervisor cannot
 * close it, since a POSIX shell can name one digit alone.
 */
export function inheritableFiles(stdin: 'ignore' | 'pipe'): {
  stdio: ('ignore' | 'pipe' | number)[];
  close: () => void;
} {
  // What this process has inherited does not grow.
  inherited ??= findInheritable().sort((a, b) => a - b);
  const stdio: ('ignore' | 'pipe' | number)[] = [stdin, 'ignore', 'ignore'];
  if (inherited.length === 0) return { stdio, close: () => undefined };
  const nothing = openSync('/dev/null', 'r+');
  for (const fd of inherited) {
    while (stdio.length < fd) stdio.push('ignore');
    stdio.push(nothing);
  }
  return { stdio, close: () => closeSync(nothing) };
}

/** Lists this process's file descriptors above 2 that a child would inherit. */
function findInheritable(): number[] {
  return readdirSync('/proc/self/fdinfo')
    .map(Number)
    .filter(fd => fd > 2 && isInheritable(fd));
}

function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // The descriptor that listed the folder: closed again.
    return false;
  }
}

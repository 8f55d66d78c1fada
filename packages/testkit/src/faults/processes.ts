import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of a daemon that its death leaves alive. */
export interface DaemonProcess {
  pid: number;
  /** In clock ticks since boot: another process of the same number has another. */
  start: string;
  /** Its working directory. */
  cwd: string;
}

/** The supervisors and watchers of the runs below a data directory. */
export function supervisorsOf(dataDir: string): DaemonProcess[] {
  return processes(command => command.includes('supervisor.sh') && command.includes(`${dataDir}/`));
}

/** The engines at work below a data directory; in a sandbox the processes that make it are among them. */
export function enginesOf(dataDir: string): DaemonProcess[] {
  return processes(
    (command, cwd) => /^[^\0]*(terraform|tofu)\0/.test(command) && (cwd === dataDir || cwd.startsWith(`${dataDir}/`)),
  );
}

/** Ends them by SIGKILL, but those that have ended meanwhile. */
export function kill(these: readonly DaemonProcess[]): void {
  for (const { pid } of these) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** Those of the machine that fit, by command line (arguments parted by NUL) and working directory. */
function processes(fits: (command: string, cwd: string) => boolean): DaemonProcess[] {
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      const cwd = readlinkSync(`/proc/${name}/cwd`);
      if (!fits(command, cwd)) return [];
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The 22nd field, counted after the name, which may hold anything.
      const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
      return [{ pid: Number(name), start, cwd }];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

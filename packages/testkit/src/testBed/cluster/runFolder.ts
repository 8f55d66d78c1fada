/** The folder of one run of the cluster: what its programs read and write, and how they are found again. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { bedFolder } from '../recipe.js';

/** Where `scripts/testbed up` runs unless told otherwise. */
export function defaultRunFolder(): string {
  return join(bedFolder(), 'run');
}

export interface RunFolder {
  path: string;
  /** Kubeconfig of an administrator. */
  kubeconfig: string;
  /** Data of etcd; part of each program's arguments is a path below this folder. */
  etcd: string;
  /** The API server writes its certificate here: `apiserver.crt`. */
  certificates: string;
  tokens: string;
  serviceAccountKey: string;
  stages: string;
  /** Empty file: everything was up once. */
  up: string;
  log(program: string): string;
}

export function runFolder(path: string): RunFolder {
  const below = (name: string) => join(resolve(path), name);
  return {
    path: resolve(path),
    kubeconfig: below('kubeconfig.yaml'),
    etcd: below('etcd'),
    certificates: below('certificates'),
    tokens: below('tokens.csv'),
    serviceAccountKey: below('service-accounts.pem'),
    stages: below('stages'),
    up: below('up'),
    log: program => below(`${program}.log`),
  };
}

export function makeRunFolder(folder: RunFolder): void {
  // Tokens and keys of the cluster are in it.
  mkdirSync(folder.path, { recursive: true, mode: 0o700 });
}

/**
 * The programs of a run that are alive, by name. They are known by their program, one of the test bed, and a path below
 * the folder in their arguments: so none is overlooked, however the one who started it ended.
 */
export function runningPrograms(folder: RunFolder): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const [program, ...args] = read(pid);
    if (program?.startsWith(bedFolder() + sep) && args.some(arg => arg.includes(folder.path + sep))) {
      found.set(program.slice(program.lastIndexOf(sep) + 1), Number(pid));
    }
  }
  return found;
}

/** Ends what runs there and removes the folder. */
export async function endRun(folder: RunFolder): Promise<void> {
  let signal: NodeJS.Signals = 'SIGTERM';
  const patience = Date.now() + 3_000;
  for (;;) {
    const programs = runningPrograms(folder);
    if (programs.size === 0) break;
    for (const pid of programs.values()) tell(pid, signal);
    // What they hold is of no worth to anybody, so none is waited for long.
    if (Date.now() > patience) signal = 'SIGKILL';
    await new Promise(done => setTimeout(done, 25));
  }
  rmSync(folder.path, { recursive: true, force: true });
}

/** Path of a process's program and its arguments; nothing for a process that has ended or is not ours. */
function read(pid: string): string[] {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1);
    return [readlinkSync(`/proc/${pid}/exe`), ...args];
  } catch {
    // It ended while it was looked at, or is somebody else's.
    return [];
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

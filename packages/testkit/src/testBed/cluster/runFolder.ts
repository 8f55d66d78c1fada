/** The folder of one run of the cluster: what its programs read and write, and how they are found again. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
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
  /** Empty file: the folder is one of these, and may be removed. */
  mark: string;
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
    mark: below('berth-testbed-run'),
    up: below('up'),
    log: program => below(`${program}.log`),
  };
}

/** @throws Error where there is something else already */
export function makeRunFolder(folder: RunFolder): void {
  // Tokens and keys of the cluster are in it.
  mkdirSync(folder.path, { recursive: true, mode: 0o700 });
  if (readdirSync(folder.path).length > 0) throw new Error(`${folder.path} is not empty, and no folder of a cluster`);
  writeFileSync(folder.mark, '');
}

/**
 * The programs of a run that are alive, by name. They are known by their program, one of the test bed, and a path below
 * the folder in their arguments: so none is overlooked, however the one who started it ended.
 */
export function runningPrograms(folder: RunFolder): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const [first = '', ...rest] = argumentsOf(pid);
    // For a moment it is still the one that ties it to its starter.
    const program = first === 'setpriv' ? (rest.find(arg => arg.startsWith(sep)) ?? '') : first;
    if (program.startsWith(bedFolder() + sep) && rest.some(arg => arg.includes(folder.path + sep))) {
      found.set(basename(program), Number(pid));
    }
  }
  return found;
}

/** Ends what runs there and removes the folder; one that is not of a cluster is left alone. */
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
  if (existsSync(folder.mark)) rmSync(folder.path, { recursive: true });
}

/** Of a process, its program first; nothing of one that has ended. */
function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It ended while it was looked at.
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

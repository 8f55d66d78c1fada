import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { RunFolder } from './runFolder.js';

export interface Program {
  name: string;
  pid: number;
  /** Null while it runs; then how it ended. */
  ended(): string | null;
}

/**
 * Starts a program that runs on without us, its output in the log of its name.
 *
 * @param withUs has the kernel end it when we end, however we do
 */
export function startProgram(path: string, args: string[], folder: RunFolder, withUs: boolean): Program {
  const name = basename(path);
  const log = openSync(folder.log(name), 'a');
  const command = withUs ? ['setpriv', '--pdeathsig', 'KILL', path] : [path];
  const [file = path, ...before] = command;
  const child = spawn(file, [...before, ...args], {
    cwd: folder.path,
    // Nothing of a developer's own kubeconfig, proxies or tokens.
    env: { PATH: process.env.PATH, HOME: folder.path, TMPDIR: folder.path },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  let end: string | null = null;
  child.once('error', error => {
    end = `did not start: ${error.message}`;
  });
  child.once('exit', (code, signal) => {
    end = `ended with ${signal ?? code}`;
  });
  child.unref();
  return { name, pid: child.pid ?? 0, ended: () => end };
}

/** The last lines that a program logged, indented, to stand in an error. */
export function lastLines(folder: RunFolder, name: string): string {
  const lines = readFileSync(folder.log(name), 'utf8').trimEnd().split('\n').slice(-10);
  return lines.map(line => `  ${line.slice(0, 400)}`).join('\n');
}

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inheritableFiles } from './inheritableFiles.js';

/** Beside `src/` and `dist/`, so that it is found from both. */
export const supervisorScript = fileURLToPath(new URL('../../processes/supervisor.sh', import.meta.url));

/**
 * Runs the supervisor's script in a session of its own, with nothing of ours open but its stdin, if that is a pipe. It
 * outlives this process. `pid` of what is returned is not set when it could not be started.
 */
export function spawnSupervisor(
  args: readonly string[],
  { stdin, ...options }: Pick<SpawnOptions, 'cwd' | 'env'> & { stdin: 'ignore' | 'pipe' },
): ChildProcess {
  const files = inheritableFiles(stdin);
  try {
    const supervisor = spawn('/bin/sh', [supervisorScript, ...args], {
      ...options,
      detached: true,
      stdio: files.stdio,
    });
    supervisor.unref();
    return supervisor;
  } finally {
    files.close();
  }
}

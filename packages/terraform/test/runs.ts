import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  isAlive,
  type LadderTimings,
  type ProcessIdentity,
  type RunFolder,
  type RunHandle,
  type RunLimits,
  type RunPids,
  type Sandbox,
  secondsSinceBoot,
  startTerraform,
} from '../src/index.js';
import { sandboxCommand } from '../src/sandbox/sandboxCommand.js';

interface TestRunOptions {
  ladder?: Partial<LadderTimings>;
  limits?: RunLimits;
  /** In seconds since boot. */
  leaseDeadline?: number;
  /** Runs in it, with the folder that holds the run's folder as the one to write to. */
  sandbox?: Sandbox | null;
}

/** A supervised shell command, killed at the end of the test if it still runs. */
export function startedRun(run: RunFolder, command: string, options: TestRunOptions = {}): RunHandle {
  const env = { PATH: process.env.PATH ?? '' };
  const view = { work: dirname(run.path), writable: [], readable: [], env };
  const handle = startTerraform({
    run,
    file: '/usr/bin/env',
    // A shell that starts with SIGINT ignored, as the supervisor's command does, could not trap it.
    args: ['--default-signal=INT', '/bin/sh', '-c', command],
    sandbox: options.sandbox ? sandboxCommand(options.sandbox, view) : null,
    cwd: '/',
    env,
    leaseDeadline: options.leaseDeadline ?? secondsSinceBoot() + 600,
    ladder: { pollMs: 20, graceMs: 600_000, stepMs: 600_000, ...options.ladder },
    limits: options.limits,
  });
  endAfterTest(handle);
  return handle;
}

/** A test that fails half-way leaves nothing running, and nobody who writes into its folder while that is removed. */
export function endAfterTest(handle: RunHandle): void {
  onTestFinished(async () => {
    const pids = handle.pids();
    if (pids !== null && isAlive(pids.engine)) process.kill(pids.engine.pid, 'SIGKILL');
    handle.close();
    for (const writer of [pids?.supervisor, pids?.watcher]) if (writer) await gone(writer);
  });
}

/** Settles when the supervisor has recorded the processes of a run. */
export async function pidsOf(handle: RunHandle): Promise<RunPids> {
  await inFolder(handle.folder.path, () => handle.pids() !== null);
  const pids = handle.pids();
  if (pids === null) throw new Error('the run has recorded no processes');
  return pids;
}

/** Settles when there is a file of this name. */
export async function fileThere(path: string): Promise<void> {
  await inFolder(dirname(path), () => existsSync(path));
}

/** Settles when something is true of the files in a folder; asked whenever they change. */
export async function inFolder(folder: string, isTrue: () => boolean): Promise<void> {
  if (!existsSync(folder)) await fileThere(folder);
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (!isTrue()) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    watcher.on('error', reject);
    look();
  });
}

/** Settles when a process has ended. The kernel tells nobody but its parent, so that it is asked again and again. */
export async function gone(identity: ProcessIdentity): Promise<void> {
  while (isAlive(identity)) await new Promise(resolve => setTimeout(resolve, 5));
}

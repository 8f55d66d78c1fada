import { guardHolds } from '../guards.js';
import { findByArguments } from './findProcesses.js';
import { identify, isAlive, type ProcessIdentity } from './processIdentity.js';
import type { RunFolder } from './runFolder.js';
import { readRunPids, recordPid } from './runPids.js';
import { spawnSupervisor, supervisorScript } from './supervisorScript.js';

/**
 * Starts a second watcher for a run whose first was killed while its engine lives on: without one, nobody looks at the
 * lease. It goes on with the ladder where the first one was. Does nothing where all is well; to be asked again and again.
 *
 * The limit: with the watcher killed and nobody here to ask, the engine runs on without a lease until somebody attaches.
 */
export function watchAgain(run: RunFolder): void {
  const pids = readRunPids(run);
  if (pids === null || !isAlive(pids.engine)) return;
  const { supervisor, watcher } = pids;
  if (watcher === null ? isAlive(supervisor) : isAlive(watcher)) return;
  if (!guardHolds('terraform.watch_again')) return;
  // A process before this one may have been ended before it recorded the one that it had started.
  const [found] = findByArguments([supervisorScript, 'again', run.path]);
  const started = found ?? start(run);
  if (started !== null) recordPid(run, 'watcher', started);
}

function start(run: RunFolder): ProcessIdentity | null {
  const started = spawnSupervisor(['again', run.path], { cwd: '/', env: { PATH: process.env.PATH }, stdin: 'ignore' });
  // Not started, for lack of memory perhaps: the next look tries again.
  started.on('error', () => undefined);
  return started.pid === undefined ? null : identify(started.pid);
}

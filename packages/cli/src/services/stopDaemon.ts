import type { Daemon, DaemonGroup } from '@berth/daemon';
import { exitCodes } from '../output/exitCode.js';
import type { Rung } from './stopLadder.js';

/** Where SIGTERM and SIGHUP enter the ladder of a daemon… */
export const DRAIN = 0;
/** …and where SIGINT does. */
export const CANCEL = 1;

/** How daemons stop, from finishing their jobs to ending at once. */
export function daemonLadder(daemon: Pick<Daemon | DaemonGroup, 'stop'>): Rung[] {
  const cancel = () => void daemon.stop('cancel');
  return [
    { says: 'takes no more jobs and ends when the last one has', act: () => void daemon.stop('drain') },
    { says: 'stops its jobs, then ends', act: cancel },
    { says: 'stops its jobs by force, then ends', act: cancel },
    { says: 'ends without waiting for the coordinator to take its results', act: cancel },
    { says: 'ends at once', act: () => process.exit(exitCodes.interrupted) },
  ];
}

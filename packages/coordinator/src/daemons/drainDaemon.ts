import { BerthError } from '@berth/protocol';
import type { DaemonRecord } from '@berth/store';
import type { Core } from '../core.js';

/**
 * Asks a connected daemon to take no more jobs, or to take them again. It gets no offers from now on; whether it takes
 * them again is for the daemon to say, which may be about to end.
 *
 * @throws BerthError `daemon_offline`
 */
export async function drainDaemon(
  { store, live, changes }: Pick<Core, 'store' | 'live' | 'changes'>,
  id: string,
  draining: boolean,
): Promise<DaemonRecord> {
  const daemon = live.byId(id);
  if (daemon === null) throw new BerthError('daemon_offline', 'the daemon is not connected');
  daemon.send({ type: 'drain', draining });
  if (draining) {
    daemon.draining = true;
    await store.daemons.setDraining(id, true);
    changes.waiting.publish(daemon.capabilities.organization);
  }
  return { ...((await store.daemons.byId(id)) ?? daemon.record), draining };
}

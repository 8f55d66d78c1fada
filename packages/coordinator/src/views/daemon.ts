import type { Daemon } from '@berth/protocol';
import type { DaemonRecord } from '@berth/store';

/** A daemon as the API shows it: not the identity of its data directory, which lets it come back under its name. */
export function daemonView(daemon: DaemonRecord): Daemon {
  const { id, name, organization, provider, builtIn, tags, slots, busySlots, version, protocol } = daemon;
  const { engine, platform, hostname, sandbox, createdAt, lastSeenAt } = daemon;
  return {
    ...{
      id,
      name,
      organization,
      provider,
      status: statusOf(daemon),
      builtIn,
      tags,
      slots,
      busySlots,
      version,
      protocol,
    },
    ...{ engine, platform, hostname, sandbox, createdAt, lastSeenAt },
  };
}

function statusOf({ connected, draining, busySlots }: DaemonRecord): Daemon['status'] {
  if (!connected) return 'offline';
  if (draining) return 'draining';
  return busySlots > 0 ? 'busy' : 'idle';
}

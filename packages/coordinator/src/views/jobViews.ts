import { explainWaiting, type FleetDaemon, type Job, servesProtocol, statusOf, type Waiting } from '@berth/protocol';
import type { DaemonRecord, JobRecord, Store } from '@berth/store';

/**
 * Makes the API's jobs of the store's, for one request: why the pending ones of one organization wait is told by one look
 * at its fleet.
 */
export class JobViews {
  readonly #store: Pick<Store, 'jobs' | 'daemons'>;
  readonly #fleets = new Map<string, Promise<FleetDaemon[]>>();

  constructor({ store }: { store: Pick<Store, 'jobs' | 'daemons'> }) {
    this.#store = store;
  }

  async of(job: JobRecord): Promise<Job> {
    const status = statusOf(job);
    return {
      id: job.id,
      type: job.type,
      status,
      organization: { id: job.organization, name: job.organizationName },
      tags: job.tags,
      engine: job.engine,
      attempt: job.attempt,
      createdAt: job.createdAt,
      startedAt: job.startedAt,
      applyStartedAt: job.applyStartedAt,
      unreachableSince: job.unreachableSince,
      giveUpAt: job.giveUpAt,
      cancelRequestedAt: job.cancelRequestedAt,
      finishedAt: job.finishedAt,
      phase: job.phase,
      daemon: job.daemon,
      error: job.error,
      notes: job.notes,
      waiting: status === 'pending' ? await this.#waiting(job) : null,
    };
  }

  async #waiting(job: JobRecord): Promise<Waiting> {
    const offeredTo = job.offeredAt === null ? null : (job.daemon?.name ?? 'unknown');
    const [position, fleet] = await Promise.all([this.#store.jobs.position(job.id), this.#fleet(job.organization)]);
    return explainWaiting({ ...job, offeredTo, position: Math.max(1, position) }, fleet);
  }

  #fleet(organizationId: string): Promise<FleetDaemon[]> {
    const known = this.#fleets.get(organizationId);
    if (known !== undefined) return known;
    const fleet = readFleet(this.#store, organizationId);
    this.#fleets.set(organizationId, fleet);
    return fleet;
  }
}

async function readFleet(store: Pick<Store, 'daemons'>, organizationId: string): Promise<FleetDaemon[]> {
  const fleet: FleetDaemon[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.daemons.list({ organizationId }, { limit: 500, cursor });
    fleet.push(...page.items.map(fleetDaemon));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return fleet;
}

function fleetDaemon(daemon: DaemonRecord): FleetDaemon {
  return {
    organization: daemon.organization.id,
    provider: daemon.provider,
    engine: daemon.engine,
    tags: daemon.tags,
    name: daemon.name,
    connected: daemon.connected,
    draining: daemon.draining,
    freeSlots: Math.max(0, daemon.slots - daemon.busySlots),
    outdated: !servesProtocol(daemon.protocol),
  };
}

import type { Page, Paged } from '@berth/protocol';
import type { Kysely } from 'kysely';
import type { DaemonRecord, DaemonStore } from '../../contract/daemons.js';
import type { StoreContext } from '../context.js';
import { afterCursor, cutPage } from '../cursor.js';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import type { Tables } from '../tables/index.js';

export function daemonStore({ database }: StoreContext): DaemonStore {
  const set = (id: string, change: { connected?: number; draining?: number }) =>
    database.write(
      async tx => {
        await tx.db
          .updateTable('daemons')
          .set({ ...change, ...(change.connected === undefined ? {} : { last_seen_at: tx.now }) })
          .where('id', '=', id)
          .execute();
      },
      { durable: change.draining !== undefined },
    );
  return {
    connected: daemon => database.write(tx => connected(tx, daemon), { durable: false }),
    disconnected: id => set(id, { connected: 0 }),
    disconnectAll: () =>
      database.write(
        async tx => {
          await tx.db.updateTable('daemons').set({ connected: 0 }).where('connected', '=', 1).execute();
        },
        { durable: false },
      ),
    setDraining: (id, draining) => set(id, { draining: draining ? 1 : 0 }),
    byId: id =>
      database.read(async tx => {
        const row = await selectDaemons(tx.db).where('daemons.id', '=', id).executeTakeFirst();
        return row === undefined ? null : daemonRecord(row);
      }),
    byName: (organizationId, provider, name) =>
      database.read(async tx => {
        const row = await selectDaemons(tx.db)
          .where('daemons.organization_id', '=', organizationId)
          .where('daemons.provider', '=', provider)
          .where('daemons.name', '=', name)
          .executeTakeFirst();
        return row === undefined ? null : daemonRecord(row);
      }),
    list: (filter, page) => database.read(tx => list(tx, filter.organizationId, page)),
  };
}

async function connected(tx: Tx, daemon: Parameters<DaemonStore['connected']>[0]): Promise<DaemonRecord> {
  const present = {
    built_in: daemon.builtIn ? 1 : 0,
    tags: JSON.stringify(daemon.tags),
    slots: daemon.slots,
    version: daemon.version,
    protocol: daemon.protocol,
    engine_name: daemon.engine.name,
    engine_version: daemon.engine.version,
    platform: daemon.platform,
    hostname: daemon.hostname,
    sandbox: daemon.sandbox,
    instance: daemon.instance,
    connected: 1,
    draining: daemon.draining ? 1 : 0,
    last_seen_at: tx.now,
  };
  const { id } = await tx.db
    .insertInto('daemons')
    .values({
      id: newId(),
      organization_id: daemon.organizationId,
      provider: daemon.provider,
      name: daemon.name,
      created_at: tx.now,
      ...present,
    })
    .onConflict(conflict => conflict.columns(['organization_id', 'provider', 'name']).doUpdateSet(present))
    .returning('id')
    .executeTakeFirstOrThrow();
  return daemonRecord(await selectDaemons(tx.db).where('daemons.id', '=', id).executeTakeFirstOrThrow());
}

/** By name. */
async function list(tx: Tx, organizationId: string, page: Page): Promise<Paged<DaemonRecord>> {
  const rows = await selectDaemons(tx.db)
    .where('daemons.organization_id', '=', organizationId)
    .where(afterCursor(page, { by: 'daemons.name', id: 'daemons.id', direction: 'asc' }))
    .orderBy('daemons.name')
    .orderBy('daemons.id')
    .limit(page.limit + 1)
    .execute();
  return cutPage(rows.map(daemonRecord), page, daemon => [daemon.name, daemon.id]);
}

function selectDaemons(db: Kysely<Tables>) {
  return db
    .selectFrom('daemons')
    .innerJoin('organizations', 'organizations.id', 'daemons.organization_id')
    .selectAll('daemons')
    .select('organizations.name as organization_name')
    .select(eb =>
      eb
        .selectFrom('jobs')
        .select(busy => busy.fn.countAll<number>().as('busy'))
        .whereRef('jobs.daemon_id', '=', 'daemons.id')
        .where('jobs.finished_at', 'is', null)
        .where('jobs.offered_at', 'is not', null)
        .as('busy_slots'),
    );
}

type DaemonRow = Awaited<ReturnType<ReturnType<typeof selectDaemons>['executeTakeFirstOrThrow']>>;

function daemonRecord(row: DaemonRow): DaemonRecord {
  return {
    id: row.id,
    name: row.name,
    organization: { id: row.organization_id, name: row.organization_name },
    provider: row.provider,
    builtIn: row.built_in === 1,
    tags: JSON.parse(row.tags),
    slots: row.slots,
    version: row.version,
    protocol: row.protocol,
    engine: { name: row.engine_name, version: row.engine_version },
    platform: row.platform,
    hostname: row.hostname,
    sandbox: row.sandbox,
    instance: row.instance,
    connected: row.connected === 1,
    draining: row.draining === 1,
    busySlots: row.busy_slots ?? 0,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
  };
}

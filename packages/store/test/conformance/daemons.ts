import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeWorld, type OpenStore, success } from './world.js';

export function daemonsConformance(open: OpenStore): void {
  describe('daemons', () => {
    test('are remembered with everything that they said', async () => {
      const { store, daemon, organization, now } = await makeWorld(open);
      const said = {
        name: 'edge-1',
        provider: 'built-in',
        builtIn: true,
        tags: { scope: 'organization', owner: '', gpu: '' },
        slots: 4,
        version: '0.1.0',
        protocol: 1,
        engine: { name: 'tofu' as const, version: '1.12.0-beta1' },
        platform: 'linux_arm64',
        hostname: 'edge.example.com',
        sandbox: 'bubblewrap' as const,
        instance: randomUUID(),
        draining: true,
      };
      const record = await daemon(said);
      expect(record).toEqual({
        ...said,
        id: record.id,
        organization: { id: organization.id, name: organization.name },
        connected: true,
        busySlots: 0,
        createdAt: now(),
        lastSeenAt: now(),
      });
      expect(await store.daemons.byId(record.id)).toEqual(record);
      expect(await store.daemons.byId(organization.id)).toBeNull();
    });

    test('that come again are the same, with what they say now', async () => {
      const { store, daemon, advance, now } = await makeWorld(open);
      const first = await daemon({ name: 'a', slots: 1 });
      await store.daemons.disconnected(first.id);
      expect(await store.daemons.byId(first.id)).toMatchObject({ connected: false });
      advance(1_000);
      const again = await daemon({ name: 'a', slots: 3, hostname: 'moved' });
      expect(again).toMatchObject({ id: first.id, slots: 3, hostname: 'moved', connected: true });
      expect(again).toMatchObject({ createdAt: first.createdAt, lastSeenAt: now() });
    });

    test('of one name in two organizations, or of two providers, are two', async () => {
      const { store, daemon, organization } = await makeWorld(open);
      const other = await store.organizations.create({ name: 'other' });
      const ids = [
        await daemon({ name: 'a' }),
        await daemon({ name: 'a', organizationId: other.id }),
        await daemon({ name: 'a', provider: 'cluster' }),
      ].map(({ id }) => id);
      expect(new Set(ids).size).toBe(3);
      const idOf = async (organizationId: string, provider: string, name: string) =>
        (await store.daemons.byName(organizationId, provider, name))?.id;
      expect(await idOf(organization.id, 'built-in', 'a')).toBe(ids[0]);
      expect(await idOf(other.id, 'built-in', 'a')).toBe(ids[1]);
      expect(await idOf(organization.id, 'cluster', 'a')).toBe(ids[2]);
      expect(await store.daemons.byName(organization.id, 'cluster', 'b')).toBeNull();
    });

    test('all are away after the start of the only coordinator; drain is remembered', async () => {
      const { store, daemon, organization } = await makeWorld(open);
      const [a, b] = [await daemon({ name: 'a' }), await daemon({ name: 'b' })];
      await store.daemons.setDraining(b.id, true);
      await store.daemons.disconnectAll();
      const { items } = await store.daemons.list({ organizationId: organization.id }, { limit: 10 });
      expect(items).toMatchObject([
        { id: a.id, connected: false, draining: false },
        { id: b.id, connected: false, draining: true },
      ]);
      await store.daemons.setDraining(b.id, false);
      expect((await store.daemons.byId(b.id))?.draining).toBe(false);
    });

    test('their busy slots are the jobs that they hold', async () => {
      const { store, daemon, imported, workspace, claim, running } = await makeWorld(open);
      const version = await imported();
      for (let i = 0; i < 3; i++) await workspace(version);
      const holder = await daemon({ slots: 3 });
      const busy = async () => (await store.daemons.byId(holder.id))?.busySlots;
      const offered = await claim(holder);
      const accepted = await running(holder);
      expect(await busy()).toBe(2);
      await store.jobs.withdrawOffer(offered);
      expect(await busy()).toBe(1);
      await store.jobs.settle(accepted, success);
      expect(await busy()).toBe(0);
    });
  });
}

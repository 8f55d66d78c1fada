import { timings } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import { capabilities, expectError, failure, makeWorld, type OpenStore, success, textEntry } from './world.js';

const { leaseMs, offerMs } = timings;

export function racesConformance(open: OpenStore): void {
  describe('at the same time', () => {
    test('many claimers get each job once', async () => {
      const world = await makeWorld(open);
      const version = await world.imported();
      const jobs = new Set<string>();
      for (let i = 0; i < 30; i++) jobs.add((await world.workspace(version)).latestBuild.job.id);
      const daemons = await Promise.all(Array.from({ length: 10 }, () => world.daemon()));
      const claims = await Promise.all(
        Array.from({ length: 50 }, (_, i) => {
          const daemon = daemons[i % daemons.length];
          if (daemon === undefined) throw new Error('no daemon');
          return world.store.jobs.claim(capabilities(daemon), offerMs);
        }),
      );
      const claimed = claims.flatMap(claim => (claim === null ? [] : [claim.job.id]));
      expect(claimed.length).toBe(30);
      expect(new Set(claimed)).toEqual(jobs);
    });

    test('requeue and gate exclude each other', async () => {
      const world = await makeWorld(open);
      const { store, advance } = world;
      const version = await world.imported();
      const daemon = await world.daemon();
      const outcomes = new Set<string>();
      for (let i = 0; i < 50; i++) {
        await world.workspace(version);
        const ref = await world.running(daemon, false);
        advance(leaseMs);
        // Each check before it lets the reaper go one step further.
        const gate = async () => {
          for (let step = 0; step < i % 4; step++) await store.check();
          return store.jobs.openGate(ref).catch(() => false);
        };
        const [gateOpen] = await Promise.all([gate(), store.jobs.reap()]);
        const job = await store.jobs.byId(ref.job);
        // Whoever was told that the gate is open still owns the job; else it waits for another attempt.
        expect(job?.applyStartedAt !== null).toBe(gateOpen);
        expect(job?.offeredAt === null).toBe(!gateOpen);
        outcomes.add(gateOpen ? 'gate' : 'requeue');
        if (gateOpen) await store.jobs.settle(ref, success);
        else await store.jobs.requestCancel(ref.job);
      }
      expect([...outcomes].sort()).toEqual(['gate', 'requeue']);
    });

    test('a heartbeat or an accept that comes while the reaper looks is not too late', async () => {
      const world = await makeWorld(open);
      const { store, advance } = world;
      const version = await world.imported();
      const daemon = await world.daemon();
      await world.workspace(version);
      const ref = await world.running(daemon, false);
      advance(leaseMs);
      const [lost] = await Promise.all([store.jobs.reap(), store.jobs.heartbeat(daemon.id, [ref], leaseMs)]);
      expect(lost).toEqual([]);
      await store.jobs.settle(ref, failure('engine_failed'));

      await world.workspace(version);
      const offered = { ...(await world.claim(daemon)), daemonId: daemon.id };
      advance(offerMs);
      const accept = { leaseMs, tokenHash: 'h', openGate: true };
      const [expired] = await Promise.all([store.jobs.reap(), store.jobs.accept(offered, accept)]);
      expect(expired).toEqual([]);
      await store.jobs.settle(offered, failure('engine_failed'));

      await world.workspace(version);
      const first = await world.claim(daemon);
      advance(offerMs);
      const [none, , second] = await Promise.all([
        store.jobs.reap(),
        store.jobs.withdrawOffer(first),
        world.claim(daemon),
      ]);
      expect(none).toEqual([]);
      expect(await store.jobs.byId(first.job)).toEqual(second.record);
      expect(second.attempt).toBe(2);
    });

    test('cancel and gate: the gate is open, or the cancel came first', async () => {
      const world = await makeWorld(open);
      const { store } = world;
      const version = await world.imported();
      const daemon = await world.daemon();
      for (let i = 0; i < 20; i++) {
        await world.workspace(version);
        const ref = await world.running(daemon, false);
        const both =
          i % 2 === 0
            ? [store.jobs.openGate(ref), store.jobs.requestCancel(ref.job)]
            : [store.jobs.requestCancel(ref.job), store.jobs.openGate(ref)];
        const results = await Promise.all(both);
        const opened = results.find(result => typeof result === 'boolean');
        const job = await store.jobs.byId(ref.job);
        expect(job?.applyStartedAt !== null).toBe(opened);
        await store.jobs.settle(ref, failure('canceled'));
      }
    });

    test('of two terminal messages one counts', async () => {
      const world = await makeWorld(open);
      await world.workspace(await world.imported());
      const ref = await world.running(await world.daemon());
      const [a, b, c] = await Promise.all([
        world.store.jobs.settle(ref, success),
        world.store.jobs.settle(ref, failure('engine_failed')),
        world.store.jobs.settle(ref, success),
      ]);
      expect(b).toEqual(a);
      expect(c).toEqual(a);
    });

    test('of two builds of a workspace one is made', async () => {
      const world = await makeWorld(open);
      const version = await world.imported();
      const { id } = await world.workspace(version);
      await world.store.jobs.settle(await world.running(await world.daemon()), success);
      const results = await Promise.allSettled(
        Array.from({ length: 5 }, () => world.store.workspaces.createBuild(id, world.start(version))),
      );
      expect(results.filter(result => result.status === 'fulfilled').length).toBe(1);
      await expectError(world.store.workspaces.createBuild(id, world.start(version)), 'build_active');
    });

    test('of two workspaces, templates’ versions and users of one name one is made', async () => {
      const world = await makeWorld(open);
      const version = await world.imported();
      const made = async (operations: Promise<unknown>[]) => {
        const results = await Promise.allSettled(operations);
        return results.filter(result => result.status === 'fulfilled').length;
      };
      expect(await made([1, 2, 3].map(() => world.workspace(version, { name: 'same' })))).toBe(1);
      expect(await made([1, 2, 3].map(() => world.user('same')))).toBe(1);
      expect(await made([1, 2, 3].map(() => world.push({ template: 'same', name: 'first' })))).toBe(1);
      expect(await made([1, 2, 3].map(() => world.push({ template: 'counted' })))).toBe(3);
      const counted = await world.store.templates.byName(world.organization.id, 'counted');
      const { items } = await world.store.templates.versions(counted?.id ?? '', {}, { limit: 10 });
      expect(items.map(item => item.name)).toEqual(['v3', 'v2', 'v1']);
    });

    test('log batches that are sent twice arrive once and in order', async () => {
      const world = await makeWorld(open);
      await world.workspace(await world.imported());
      const ref = await world.running(await world.daemon());
      const batch = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, i) => textEntry(from + i, 'x'.repeat(4_000)));
      await world.store.logs.append(ref, batch(1, 3));
      const stored = await Promise.all([
        world.store.logs.append(ref, batch(1, 8)),
        world.store.logs.append(ref, batch(2, 6)),
        world.store.logs.append(ref, batch(4, 8)),
        world.store.logs.append(ref, batch(1, 8)),
      ]);
      expect(Math.max(...stored)).toBe(8);
      const read = await world.store.logs.read(ref.job, 0, 100);
      expect(read.map(({ seq, entry }) => [seq, entry.n])).toEqual(batch(1, 8).map(({ n }) => [n, n]));
    });
  });
}

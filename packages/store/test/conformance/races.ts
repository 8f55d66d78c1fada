import { type AttemptRef, timings } from '@berth/protocol';
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

    test('requeue and gate exclude each other', () => raceRequeueAgainstGate(open, 100));

    test('to give up and to settle exclude each other', async () => {
      const world = await makeWorld(open);
      const { store, advance } = world;
      const version = await world.imported();
      const daemon = await world.daemon();
      for (let i = 0; i < 20; i++) {
        await world.workspace(version);
        const ref = await world.running(daemon);
        advance(leaseMs);
        await store.jobs.reap();
        const settle = () => store.jobs.settle(ref, success).catch(() => null);
        const release = () => store.jobs.release(ref.job, 'owner').catch(() => null);
        const both = i % 2 === 0 ? [settle(), release()] : [release(), settle()];
        const won = (await Promise.all(both)).filter(job => job !== null);
        expect(won.length).toBe(1);
        expect(await store.jobs.byId(ref.job)).toEqual(won[0]);
      }
    });

    test('not started and gate: an attempt that was told that its gate is open is not requeued after that', async () => {
      const world = await makeWorld(open);
      const { store } = world;
      const version = await world.imported();
      const daemon = await world.daemon();
      const by = { daemonId: daemon.id, instance: daemon.instance };
      for (let i = 0; i < 20; i++) {
        await world.workspace(version);
        const ref = await world.running(daemon, false);
        const gate = () => store.jobs.openGate(ref).catch(() => false);
        const notStarted = () => store.jobs.notStarted(ref, by, 'reason').then(() => false);
        await Promise.all(i % 2 === 0 ? [gate(), notStarted()] : [notStarted(), gate()]);
        // The gate is closed again, whichever came first.
        expect(await store.jobs.byId(ref.job)).toMatchObject({ applyStartedAt: null, offeredAt: null });
        await store.jobs.requestCancel(ref.job);
      }
    });

    test('a heartbeat or an accept that comes while the reaper looks: the one or the other, never both', async () => {
      const world = await makeWorld(open);
      const { store, advance } = world;
      const version = await world.imported();
      const daemon = await world.daemon();
      const end = async (ref: AttemptRef, isOwner: boolean) => {
        if (isOwner) await store.jobs.settle(ref, failure('engine_failed'));
        else await store.jobs.requestCancel(ref.job);
      };
      for (let i = 0; i < 10; i++) {
        await world.workspace(version);
        const ref = await world.running(daemon, false);
        advance(leaseMs);
        const [lost, [verdict]] = await Promise.all([
          store.jobs.reap(),
          store.jobs.heartbeat(daemon.id, [ref], leaseMs),
        ]);
        expect(lost.map(({ what }) => what)).toEqual(verdict?.verdict === 'yours' ? [] : ['requeued']);
        await end(ref, verdict?.verdict === 'yours');

        await world.workspace(version);
        const { job, attempt } = await world.claim(daemon);
        advance(offerMs);
        const terms = { leaseMs, tokenHash: `${job}-${attempt}`, openGate: true };
        const [expired, accepted] = await Promise.all([
          store.jobs.reap(),
          store.jobs.accept({ job, attempt, daemonId: daemon.id }, terms).catch(() => null),
        ]);
        expect(expired.map(({ what }) => what)).toEqual(accepted === null ? ['offer_expired'] : []);
        await end({ job, attempt }, accepted !== null);
      }
    });

    test('an offer that is withdrawn while the reaper looks goes back once', async () => {
      const world = await makeWorld(open);
      const { store, advance } = world;
      await world.workspace(await world.imported());
      const daemon = await world.daemon();
      for (let i = 0; i < 10; i++) {
        const { job, attempt } = await world.claim(daemon);
        advance(offerMs);
        const [expired, withdrawn] = await Promise.all([
          store.jobs.reap(),
          store.jobs.withdrawOffer({ job, attempt }).catch(() => null),
        ]);
        expect(expired.length).toBe(withdrawn === null ? 1 : 0);
        expect(await store.jobs.byId(job)).toMatchObject({ attempt: i + 1, offeredAt: null });
      }
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

/**
 * Lets the reaper and the opening of the gate meet, so many times: whoever is told that the gate is open still owns the
 * job, and else it waits for another attempt. In some rounds the one or the other comes first for certain.
 */
export async function raceRequeueAgainstGate(open: OpenStore, rounds: number): Promise<void> {
  const world = await makeWorld(open);
  const { store, advance } = world;
  const version = await world.imported();
  const daemon = await world.daemon();
  const outcomes = new Set<boolean>();
  for (let i = 0; i < rounds; i++) {
    await world.workspace(version);
    const ref = await world.running(daemon, false);
    advance(leaseMs);
    const openGate = () => store.jobs.openGate(ref).catch(() => false);
    // Each look lets the reaper go one step further.
    const openGateAfter = async (steps: number) => {
      for (let step = 0; step < steps; step++) await store.jobs.byId(ref.job);
      return openGate();
    };
    let gateOpen: boolean;
    if (i % 10 === 0) {
      gateOpen = await openGate();
      await store.jobs.reap();
    } else if (i % 10 === 1) {
      await store.jobs.reap();
      gateOpen = await openGate();
    } else {
      [gateOpen] = await Promise.all([openGateAfter(i % 4), store.jobs.reap()]);
    }
    const job = await store.jobs.byId(ref.job);
    expect(job?.applyStartedAt !== null).toBe(gateOpen);
    expect(job?.offeredAt === null).toBe(!gateOpen);
    outcomes.add(gateOpen);
    if (gateOpen) await store.jobs.settle(ref, success);
    else await store.jobs.requestCancel(ref.job);
  }
  expect(outcomes.size).toBe(2);
}

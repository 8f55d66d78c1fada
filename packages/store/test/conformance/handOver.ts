import { randomUUID } from 'node:crypto';
import { timings } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import { capabilities, expectError, makeWorld, type OpenStore, success, uploadState } from './world.js';

const { leaseMs, offerMs } = timings;
const times = { holdMs: 60_000, lostAfterMs: 300_000, cancelGraceMs: 30_000 };

export function handOverConformance(open: OpenStore): void {
  /** A build that two daemons may run, and the first has accepted. */
  async function acceptedBuild(openGate: boolean) {
    const world = await makeWorld(open);
    const version = await world.imported();
    const made = await world.workspace(version, { name: 'dev' });
    const [first, second] = [await world.daemon({ name: 'first' }), await world.daemon({ name: 'second' })];
    const { job, attempt } = await world.claim(first);
    const ref = { job, attempt };
    const terms = { leaseMs, tokenHash: randomUUID(), openGate, times };
    await world.store.jobs.accept({ ...ref, daemonId: first.id }, terms);
    const by = { daemonId: first.id, instance: first.instance };
    return { ...world, version, made, first, second, ref, terms, by };
  }

  /** The same, past the gate, with its daemon out of reach. */
  async function unreachableBuild() {
    const world = await acceptedBuild(true);
    world.advance(leaseMs);
    expect(await world.store.jobs.reap()).toMatchObject([{ what: 'unreachable' }]);
    return world;
  }

  test('an attempt keeps the times that it was told first, and the next attempt gets its own', async () => {
    const { store, ref, first, second, terms, running } = await acceptedBuild(false);
    expect((await store.jobs.byId(ref.job))?.times).toEqual(times);
    const others = { holdMs: 1, lostAfterMs: 2, cancelGraceMs: 3 };
    const again = await store.jobs.accept({ ...ref, daemonId: first.id }, { ...terms, times: others });
    expect(again.job.times).toEqual(times);
    await store.jobs.handBack(ref, 'stopping');
    await running(second, false);
    const { holdMs, lostAfterMs, cancelGraceMs } = timings;
    expect((await store.jobs.byId(ref.job))?.times).toEqual({ holdMs, lostAfterMs, cancelGraceMs });
  });

  describe('not started', () => {
    test.each([
      { gate: false, lost: false },
      { gate: true, lost: false },
      { gate: true, lost: true },
    ])('requeues at once and fences: %j', async ({ gate, lost }) => {
      const { store, ref, by, second, claim, advance } = await acceptedBuild(gate);
      if (lost) {
        advance(leaseMs);
        expect(await store.jobs.reap()).toMatchObject([{ what: 'unreachable' }]);
      }
      const back = await store.jobs.notStarted(ref, by, 'it was killed');
      expect(back).toMatchObject({
        ...{ attempt: 1, offeredAt: null, startedAt: null, applyStartedAt: null, unreachableSince: null },
        ...{ giveUpAt: null, leaseExpiresAt: null, lostAttempts: 0, finishedAt: null, phase: null },
      });
      expect(back.notes).toEqual(['attempt 1: daemon first had not started it: it was killed']);
      expect(await store.jobs.notStarted(ref, by, 'it was killed')).toEqual(back);
      await expectError(store.jobs.openGate(ref), 'fenced');
      await expectError(store.jobs.settle(ref, success), 'fenced');
      expect(await claim(second)).toMatchObject({ job: ref.job, attempt: 2 });
      expect((await store.jobs.notStarted(ref, by, 'again')).attempt).toBe(2);
    });

    test('only the data directory that accepted the attempt may say it', async () => {
      const { store, ref, by, first, second, daemon, terms } = await acceptedBuild(true);
      const before = await store.jobs.byId(ref.job);
      const fresh = await daemon({ name: 'first', instance: randomUUID() });
      expect(fresh.id).toBe(first.id);
      await expectError(store.jobs.notStarted(ref, { ...by, instance: fresh.instance }, 'r'), 'wrong_instance');
      // To accept again does not make it the one that holds the journal.
      await store.jobs.accept({ ...ref, daemonId: first.id }, terms);
      await expectError(store.jobs.notStarted(ref, { ...by, instance: fresh.instance }, 'r'), 'wrong_instance');
      await expectError(store.jobs.notStarted(ref, { ...by, daemonId: second.id }, 'r'), 'fenced');
      await expectError(store.jobs.notStarted({ ...ref, attempt: 2 }, by, 'r'), 'fenced');
      expect(await store.jobs.byId(ref.job)).toEqual(before);
      await daemon({ name: 'first', instance: first.instance });
      expect(await store.jobs.notStarted(ref, by, 'r')).toMatchObject({ startedAt: null });
    });

    test('ends a job that was asked to end', async () => {
      const { store, ref, by } = await acceptedBuild(true);
      await store.jobs.requestCancel(ref.job);
      const canceled = await store.jobs.notStarted(ref, by, 'r');
      expect(canceled).toMatchObject({ errorCode: 'canceled', error: { code: 'canceled' } });
    });

    test('withdraws an offer whose accept has not arrived', async () => {
      const { store, ref, by, claim, second } = await acceptedBuild(true);
      await store.jobs.notStarted(ref, by, 'r');
      const { job, attempt } = await claim(second);
      const its = { daemonId: second.id, instance: second.instance };
      expect(await store.jobs.notStarted({ job, attempt }, its, 'r')).toMatchObject({ offeredAt: null });
    });

    test('is fenced once the attempt was settled', async () => {
      const { store, ref, by } = await acceptedBuild(true);
      await store.jobs.settle(ref, success);
      await expectError(store.jobs.notStarted(ref, by, 'r'), 'fenced');
    });
  });

  describe('giving up', () => {
    test('comes after lost-after and not a moment before; the newest snapshot is the state', async () => {
      const { store, ref, first, advance, now, made } = await acceptedBuild(true);
      await store.jobs.saveSnapshot(ref, await uploadState(store, '{"serial":3}', 3));
      const newest = await uploadState(store, '{"serial":4}', 4);
      await store.jobs.saveSnapshot(ref, newest);
      advance(leaseMs);
      await store.jobs.reap();
      expect(await store.jobs.byId(ref.job)).toMatchObject({
        unreachableSince: now(),
        giveUpAt: now() + times.lostAfterMs,
      });
      advance(times.lostAfterMs - 1);
      expect(await store.jobs.reap()).toEqual([]);
      advance(1);
      const [reaped, ...more] = await store.jobs.reap();
      expect(more).toEqual([]);
      expect(reaped).toMatchObject({
        what: 'given_up',
        attempt: 1,
        job: { id: ref.job, finishedAt: now(), errorCode: 'daemon_lost', unreachableSince: null, giveUpAt: null },
      });
      expect(reaped?.job.error?.message).toContain('daemon first');
      expect(reaped?.job.notes).toEqual([expect.stringContaining('given up after 5 min')]);
      expect(await store.jobs.byId(ref.job)).toEqual(reaped?.job);
      expect(await store.workspaces.byId(made.id)).toMatchObject({
        latestBuild: { state: newest },
        stateIncomplete: { build: 1, attempt: 1, daemon: { id: first.id, name: 'first' }, since: now() },
      });
      await expectError(store.jobs.settle(ref, success), 'fenced');
      await expectError(store.jobs.saveSnapshot(ref, newest), 'fenced');
      expect(await store.jobs.heartbeat(first.id, [ref], leaseMs)).toMatchObject([{ verdict: 'fenced' }]);
      expect(await store.jobs.reap()).toEqual([]);
    });

    test('does not come when the daemon is back before', async () => {
      const { store, ref, first, advance, now } = await unreachableBuild();
      advance(times.lostAfterMs - 1);
      await store.jobs.heartbeat(first.id, [ref], leaseMs);
      expect(await store.jobs.byId(ref.job)).toMatchObject({ unreachableSince: null, giveUpAt: null });
      advance(leaseMs);
      expect(await store.jobs.reap()).toMatchObject([{ what: 'unreachable' }]);
      expect((await store.jobs.byId(ref.job))?.giveUpAt).toBe(now() + times.lostAfterMs);
    });

    test('what is not held cannot be released', async () => {
      const { store, ref } = await acceptedBuild(true);
      await expectError(store.jobs.release(ref.job, 'owner'), 'illegal_transition');
      await store.jobs.settle(ref, success);
      await expectError(store.jobs.release(ref.job, 'owner'), 'illegal_transition');
    });

    test('a held workspace takes no build until it is released', async () => {
      const { store, ref, made, version, start } = await unreachableBuild();
      const held = await expectError(store.workspaces.createBuild(made.id, start(version)), 'workspace_held');
      expect(held.message).toContain("build 1 (start) of workspace 'dev'");
      const released = await store.jobs.release(ref.job, 'grace');
      expect(released).toMatchObject({ errorCode: 'daemon_lost', finishedAt: expect.any(Number) });
      expect(released.notes).toEqual([expect.stringContaining('released by grace')]);
      await expectError(store.jobs.release(ref.job, 'grace'), 'illegal_transition');
      await expectError(store.jobs.openGate(ref), 'fenced');
    });

    test('start and delete ask for the incomplete state to be accepted, once; stop and orphan do not', async () => {
      const { store, ref, made, version, start, running, second } = await unreachableBuild();
      await store.jobs.release(ref.job, 'grace');
      const remove = { ...start(version), transition: 'delete' as const };
      for (const build of [start(version), remove]) {
        const refused = await expectError(store.workspaces.createBuild(made.id, build), 'state_incomplete');
        expect(refused.message).toContain('may be incomplete (attempt 1 of daemon first unreachable)');
      }
      await store.workspaces.createBuild(made.id, { ...start(version), transition: 'stop' });
      await store.jobs.settle(await running(second), success);
      await expectError(store.workspaces.createBuild(made.id, start(version)), 'state_incomplete');
      await store.workspaces.createBuild(made.id, { ...start(version), acceptIncompleteState: true });
      expect((await store.workspaces.byId(made.id))?.stateIncomplete).toMatchObject({ accepted: true, build: 1 });
      await store.jobs.settle(await running(second), success);
      await store.workspaces.createBuild(made.id, start(version));
    });

    test('a workspace that was orphaned or lives on whole says nothing of it', async () => {
      const { store, ref, made, version, start } = await unreachableBuild();
      expect((await store.workspaces.byId(made.id))?.stateIncomplete).toBeNull();
      await store.jobs.release(ref.job, 'grace');
      await store.workspaces.createBuild(made.id, { ...start(version), transition: 'delete', orphan: true });
      expect((await store.workspaces.byId(made.id))?.deletedAt).not.toBeNull();
    });
  });

  describe('waiting too long', () => {
    test('is told of jobs that wait, the oldest first, and ends them with a reason', async () => {
      const world = await makeWorld(open);
      const { store, advance, now } = world;
      const version = await world.imported();
      const old = (await world.workspace(version)).latestBuild.job;
      advance(1_000);
      const next = (await world.workspace(version)).latestBuild.job;
      advance(1_000);
      expect((await store.jobs.overdue(2_001)).map(job => job.id)).toEqual([]);
      expect((await store.jobs.overdue(2_000)).map(job => job.id)).toEqual([old.id]);
      expect((await store.jobs.overdue(0)).map(job => job.id)).toEqual([old.id, next.id]);
      const claimed = await world.claim(await world.daemon());
      expect(claimed.job).toBe(old.id);
      expect((await store.jobs.overdue(0)).map(job => job.id)).toEqual([next.id]);
      await expectError(store.jobs.expire(old.id, 'no daemon'), 'illegal_transition');
      const expired = await store.jobs.expire(next.id, 'no daemon has the tag gpu=yes');
      expect(expired).toMatchObject({
        errorCode: 'pending_too_long',
        error: { message: 'no daemon has the tag gpu=yes' },
        finishedAt: now(),
      });
      expect(await store.jobs.overdue(0)).toEqual([]);
      await store.jobs.withdrawOffer({ job: old.id, attempt: claimed.attempt });
      expect((await store.jobs.claim(capabilities(await world.daemon()), offerMs))?.job.id).toBe(old.id);
    });
  });

  describe('beats', () => {
    test('a gap between them is added to offers, leases and lost-after', async () => {
      const world = await unreachableBuild();
      const { store, advance, ref, now, version, second, running, claim, daemon } = world;
      await store.jobs.beat({ leaseMs });
      const lost = await store.jobs.byId(ref.job);
      await world.workspace(version);
      const preparing = await running(second, false);
      advance(5_000);
      expect(await store.jobs.beat({ leaseMs })).toBe(0);
      await world.workspace(version);
      const offered = await claim(await daemon());
      const gap = 600_000;
      advance(gap);
      expect(await store.jobs.beat({ leaseMs })).toBe(gap);
      expect((await store.jobs.byId(ref.job))?.giveUpAt).toBe((lost?.giveUpAt ?? 0) + gap);
      // And stays so, whatever else becomes of the job.
      expect((await store.jobs.requestCancel(ref.job)).giveUpAt).toBe((lost?.giveUpAt ?? 0) + gap);
      // A whole lease from now: its daemon must find its way back first.
      expect((await store.jobs.byId(preparing.job))?.leaseExpiresAt).toBe(now() + leaseMs);
      expect((await store.jobs.byId(offered.job))?.offerExpiresAt).toBe(now() + offerMs);
      expect(await store.jobs.reap()).toEqual([]);
      advance(5_000);
      await store.jobs.beat({ leaseMs });
      expect(await store.jobs.reap()).toMatchObject([{ what: 'offer_expired' }]);
    });

    test('no lease runs out while nobody beats', async () => {
      const { store, advance, running, workspace, imported, daemon } = await makeWorld(open);
      await workspace(await imported());
      const ref = await running(await daemon(), false);
      await store.jobs.beat({ leaseMs });
      advance(leaseMs + 60_000);
      expect(await store.jobs.reap()).toEqual([]);
      expect(await store.jobs.beat({ leaseMs })).toBe(leaseMs + 60_000);
      expect(await store.jobs.reap()).toEqual([]);
      for (let ms = 0; ms < leaseMs; ms += 9_000) {
        expect(await store.jobs.reap()).toEqual([]);
        advance(9_000);
        await store.jobs.beat({ leaseMs });
      }
      expect(await store.jobs.reap()).toMatchObject([{ what: 'requeued', job: { id: ref.job } }]);
    });

    test('a coordinator that stood still adds that time, though others beat', async () => {
      const { store, advance, running, workspace, imported, daemon, now } = await makeWorld(open);
      await workspace(await imported());
      const ref = await running(await daemon(), false);
      await store.jobs.beat({ leaseMs });
      advance(5_000);
      expect(await store.jobs.beat({ leaseMs, stalledMs: 10_000 })).toBe(0);
      expect(await store.jobs.beat({ leaseMs, stalledMs: 20_000 })).toBe(20_000);
      expect((await store.jobs.byId(ref.job))?.leaseExpiresAt).toBe(now() - 5_000 + leaseMs + 20_000);
    });
  });
}

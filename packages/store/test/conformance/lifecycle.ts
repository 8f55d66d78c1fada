import { timings } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import { capabilities, expectError, failure, findings, makeWorld, type OpenStore, success } from './world.js';

const { leaseMs, offerMs } = timings;

export function lifecycleConformance(open: OpenStore): void {
  /** A build that waits, and two daemons that may run it. */
  async function waitingBuild() {
    const world = await makeWorld(open);
    const version = await world.imported();
    const workspace = await world.workspace(version);
    const job = workspace.latestBuild.job;
    return { ...world, version, workspace, job, first: await world.daemon(), second: await world.daemon() };
  }

  describe('offer and accept', () => {
    test('a claim reserves the job as a new attempt', async () => {
      const { store, job, first, second, version, now } = await waitingBuild();
      const claimed = await store.jobs.claim(capabilities(first), offerMs);
      expect(claimed).toMatchObject({
        job: {
          id: job.id,
          attempt: 1,
          offeredAt: now(),
          offerExpiresAt: now() + offerMs,
          daemon: { id: first.id, name: first.name },
        },
        archive: version.archive.digest,
        lockFile: null,
      });
      expect(claimed?.job).toEqual(await store.jobs.byId(job.id));
      expect(await store.jobs.claim(capabilities(second), offerMs)).toBeNull();
      expect((await store.daemons.byId(first.id))?.busySlots).toBe(1);
    });

    test('accept starts the attempt; repeated, it gives the same and renews lease and token', async () => {
      const { store, claim, first, advance, now } = await waitingBuild();
      const ref = { ...(await claim(first)), daemonId: first.id };
      const accepted = await store.jobs.accept(ref, { leaseMs, tokenHash: 'one', openGate: false });
      const startedAt = now();
      expect(accepted).toMatchObject({ gateOpen: false, job: { startedAt, leaseExpiresAt: startedAt + leaseMs } });
      expect(await store.jobs.attemptByToken('one')).toMatchObject({ job: ref.job, attempt: 1, owns: true });
      advance(7);
      const again = await store.jobs.accept(ref, { leaseMs, tokenHash: 'two', openGate: false });
      expect(again.job).toEqual({ ...accepted.job, leaseExpiresAt: now() + leaseMs });
      expect(await store.jobs.attemptByToken('one')).toBeNull();
      expect(await store.jobs.attemptByToken('two')).toMatchObject({ daemonId: first.id, owns: true });
    });

    test('accept opens the gate when asked, once', async () => {
      const { store, claim, first, advance, now } = await waitingBuild();
      const ref = { ...(await claim(first)), daemonId: first.id };
      const with_ = { leaseMs, tokenHash: 'h', openGate: true };
      const applyStartedAt = now();
      expect(await store.jobs.accept(ref, with_)).toMatchObject({ gateOpen: true, job: { applyStartedAt } });
      advance(7);
      expect(await store.jobs.accept(ref, with_)).toMatchObject({ gateOpen: true, job: { applyStartedAt } });
      expect(await store.jobs.openGate(ref)).toBe(true);
      expect((await store.jobs.byId(ref.job))?.applyStartedAt).toBe(applyStartedAt);
    });

    test('an import passes no gate', async () => {
      const { store, push, daemon } = await makeWorld(open);
      const { version } = await push();
      const importer = await daemon();
      const claimed = await store.jobs.claim(capabilities(importer), offerMs);
      const ref = { job: version.job.id, attempt: claimed?.job.attempt ?? 0, daemonId: importer.id };
      const accepted = await store.jobs.accept(ref, { leaseMs, tokenHash: 'h', openGate: true });
      expect(accepted).toMatchObject({ gateOpen: false, job: { applyStartedAt: null } });
      await expectError(store.jobs.openGate(ref), 'illegal_transition');
    });

    test('a withdrawn offer leaves the job at its old place, and its attempt fenced', async () => {
      const { store, claim, workspace, version, first, second, start } = await waitingBuild();
      await store.workspaces.create({
        organizationId: workspace.organization.id,
        ownerId: workspace.owner.id,
        name: 'later',
        templateId: version.template.id,
        build: start(version),
      });
      const ref = await claim(first);
      expect(await store.jobs.withdrawOffer(ref)).toMatchObject({ attempt: 1, offeredAt: null, startedAt: null });
      const terms = { leaseMs, tokenHash: 'h', openGate: true };
      await expectError(store.jobs.accept({ ...ref, daemonId: first.id }, terms), 'fenced');
      await expectError(store.jobs.withdrawOffer(ref), 'fenced');
      const again = await claim(second);
      expect(again).toMatchObject({ job: ref.job, attempt: 2 });
      await expectError(store.jobs.accept({ ...again, attempt: 1, daemonId: first.id }, terms), 'fenced');
      await expectError(store.jobs.accept({ ...again, daemonId: first.id }, terms), 'fenced');
      await store.jobs.accept({ ...again, daemonId: second.id }, terms);
      await expectError(store.jobs.withdrawOffer(again), 'illegal_transition');
    });
  });

  describe('the gate', () => {
    test('opens once and stays open, also after a cancel request', async () => {
      const { store, running, first, now } = await waitingBuild();
      const ref = await running(first, false);
      expect(await store.jobs.openGate(ref)).toBe(true);
      await store.jobs.requestCancel(ref.job);
      expect(await store.jobs.openGate(ref)).toBe(true);
      expect(await store.jobs.byId(ref.job)).toMatchObject({ applyStartedAt: now(), cancelRequestedAt: now() });
    });

    test('stays closed for good when the cancel request came first', async () => {
      const { store, running, first } = await waitingBuild();
      const ref = await running(first, false);
      await store.jobs.requestCancel(ref.job);
      expect(await store.jobs.openGate(ref)).toBe(false);
      const accept = { ...ref, daemonId: first.id };
      expect(await store.jobs.accept(accept, { leaseMs, tokenHash: 'h', openGate: true })).toMatchObject({
        gateOpen: false,
        job: { applyStartedAt: null },
      });
      expect(await store.jobs.openGate(ref)).toBe(false);
    });
  });

  describe('heartbeat', () => {
    test('renews leases and gives a verdict on each attempt, in the order asked', async () => {
      const { store, running, first, second, advance, now, workspace, version } = await waitingBuild();
      const mine = await running(first);
      advance(10_000);
      const others = { job: version.job.id, attempt: 1 };
      const unknown = { job: workspace.id, attempt: 1 };
      const old = { ...mine, attempt: mine.attempt + 1 };
      expect(await store.jobs.heartbeat(first.id, [unknown, mine, others, old], leaseMs)).toEqual([
        { ...unknown, verdict: 'fenced', cancel: null },
        { ...mine, verdict: 'yours', cancel: null },
        { ...others, verdict: 'fenced', cancel: null },
        { ...old, verdict: 'fenced', cancel: null },
      ]);
      expect((await store.jobs.byId(mine.job))?.leaseExpiresAt).toBe(now() + leaseMs);
      expect((await store.daemons.byId(first.id))?.lastSeenAt).toBe(now());
      const [stolen] = await store.jobs.heartbeat(second.id, [mine], leaseMs);
      expect(stolen?.verdict).toBe('fenced');
    });

    test('an offer that was not accepted is the daemon’s, without a lease', async () => {
      const { store, claim, first } = await waitingBuild();
      const { job, attempt } = await claim(first);
      expect(await store.jobs.heartbeat(first.id, [{ job, attempt }], leaseMs)).toMatchObject([{ verdict: 'yours' }]);
      expect((await store.jobs.byId(job))?.leaseExpiresAt).toBeNull();
    });

    test('tells of cancel requests, and of what was settled', async () => {
      const { store, running, first } = await waitingBuild();
      const ref = await running(first);
      const verdict = async () => (await store.jobs.heartbeat(first.id, [ref], leaseMs))[0];
      await store.jobs.requestCancel(ref.job);
      expect(await verdict()).toMatchObject({ verdict: 'yours', cancel: 'soft' });
      await store.jobs.requestCancel(ref.job);
      expect(await verdict()).toMatchObject({ verdict: 'yours', cancel: 'hard' });
      await store.jobs.settle(ref, failure('canceled'));
      expect(await verdict()).toMatchObject({ verdict: 'settled', cancel: null });
    });

    test('brings an unreachable attempt back', async () => {
      const { store, running, first, advance } = await waitingBuild();
      const ref = await running(first);
      advance(leaseMs);
      expect(await store.jobs.reap()).toMatchObject([{ what: 'unreachable' }]);
      expect(await store.jobs.heartbeat(first.id, [ref], leaseMs)).toMatchObject([{ verdict: 'yours' }]);
      expect((await store.jobs.byId(ref.job))?.unreachableSince).toBeNull();
      expect(await store.jobs.reap()).toEqual([]);
    });
  });

  describe('cancel', () => {
    test('ends a job that waits or is offered, and nobody gets it', async () => {
      const { store, claim, job, first, second, now } = await waitingBuild();
      const offered = await claim(first);
      expect(await store.jobs.requestCancel(job.id)).toMatchObject({
        finishedAt: now(),
        errorCode: 'canceled',
        error: { code: 'canceled' },
      });
      const accept = { ...offered, daemonId: first.id };
      await expectError(store.jobs.accept(accept, { leaseMs, tokenHash: 'h', openGate: true }), 'fenced');
      expect(await store.jobs.claim(capabilities(second), offerMs)).toBeNull();
      await expectError(store.jobs.requestCancel(job.id), 'illegal_transition');
    });

    test('that came too late is noted with the success', async () => {
      const { store, running, first } = await waitingBuild();
      const ref = await running(first);
      await store.jobs.requestCancel(ref.job);
      const settled = await store.jobs.settle(ref, success);
      expect(settled).toMatchObject({ errorCode: null, error: null });
      expect(settled.notes).toEqual([expect.stringContaining('too late')]);
    });

    test('of a job that is not there', async () => {
      const { store, owner } = await makeWorld(open);
      await expectError(store.jobs.requestCancel(owner.id), 'not_found');
    });
  });

  describe('hand back', () => {
    test('requeues at once, says so, and may be repeated', async () => {
      const { store, running, claim, first, second } = await waitingBuild();
      const ref = await running(first, false);
      await store.jobs.setPhase(ref, 'init');
      const back = await store.jobs.handBack(ref, 'the daemon is stopping');
      expect(back).toMatchObject({ offeredAt: null, startedAt: null, phase: null, lostAttempts: 0, attempt: 1 });
      expect(back.notes).toEqual([expect.stringContaining('the daemon is stopping')]);
      expect(await store.jobs.handBack(ref, 'the daemon is stopping')).toEqual(back);
      await expectError(store.jobs.setPhase(ref, 'plan'), 'fenced');
      expect(await claim(second)).toMatchObject({ job: ref.job, attempt: 2 });
      expect((await store.jobs.handBack(ref, 'again')).attempt).toBe(2);
    });

    test('ends a job that was asked to end, and is refused after the gate', async () => {
      const { store, running, first } = await waitingBuild();
      const ref = await running(first, false);
      await store.jobs.requestCancel(ref.job);
      expect(await store.jobs.handBack(ref, 'stopping')).toMatchObject({ error: { code: 'canceled' } });
    });

    test('is refused after the gate', async () => {
      const { store, running, first } = await waitingBuild();
      await expectError(store.jobs.handBack(await running(first), 'stopping'), 'illegal_transition');
    });
  });

  describe('reaping', () => {
    test('puts offers back that ran out, not a moment before', async () => {
      const { store, claim, job, first, advance } = await waitingBuild();
      await claim(first);
      advance(offerMs - 1);
      expect(await store.jobs.reap()).toEqual([]);
      advance(1);
      const [reaped, ...more] = await store.jobs.reap();
      expect(reaped).toMatchObject({ what: 'offer_expired', attempt: 1, job: { id: job.id, offeredAt: null } });
      expect(more).toEqual([]);
      expect(await store.jobs.reap()).toEqual([]);
      expect((await store.daemons.byId(first.id))?.busySlots).toBe(0);
    });

    test('gives a job whose daemon was lost before the gate to another, three times', async () => {
      const { store, running, first, second, advance, job } = await waitingBuild();
      for (const [i, daemon] of [first, second].entries()) {
        const ref = await running(daemon, false);
        advance(leaseMs - 1);
        expect(await store.jobs.reap()).toEqual([]);
        advance(1);
        expect(await store.jobs.reap()).toMatchObject([{ what: 'requeued', attempt: i + 1, job: { id: job.id } }]);
        await expectError(store.jobs.openGate(ref), 'fenced');
        expect(await store.jobs.heartbeat(daemon.id, [ref], leaseMs)).toMatchObject([{ verdict: 'fenced' }]);
      }
      await running(first, false);
      advance(leaseMs);
      const [reaped] = await store.jobs.reap();
      expect(reaped).toMatchObject({ what: 'failed', attempt: 3, job: { errorCode: 'attempts_exhausted' } });
      expect(reaped?.job.error?.message).toContain(`${first.name}, ${second.name}, ${first.name}`);
      expect(reaped?.job.notes.length).toBe(3);
      expect(await store.jobs.byId(job.id)).toEqual(reaped?.job);
    });

    test('holds a job whose daemon was lost after the gate', async () => {
      const { store, running, first, second, advance, now } = await waitingBuild();
      const ref = await running(first);
      advance(leaseMs);
      expect(await store.jobs.reap()).toMatchObject([{ what: 'unreachable', attempt: 1 }]);
      expect(await store.jobs.byId(ref.job)).toMatchObject({ unreachableSince: now(), finishedAt: null });
      expect(await store.jobs.reap()).toEqual([]);
      expect(await store.jobs.claim(capabilities(second), offerMs)).toBeNull();
      expect(await store.jobs.settle(ref, success)).toMatchObject({ errorCode: null, unreachableSince: null });
    });

    test('ends a job that was asked to end when its daemon is lost before the gate', async () => {
      const { store, running, first, advance } = await waitingBuild();
      const ref = await running(first, false);
      await store.jobs.requestCancel(ref.job);
      advance(leaseMs);
      expect(await store.jobs.reap()).toMatchObject([{ what: 'canceled', job: { error: { code: 'canceled' } } }]);
    });

    test('leaves leases alone when told so, for as long as daemons had no chance to renew them', async () => {
      const { store, running, claim, first, second, workspace, version, start, advance } = await waitingBuild();
      const ref = await running(first, false);
      await store.workspaces.create({
        organizationId: workspace.organization.id,
        ownerId: workspace.owner.id,
        name: 'other',
        templateId: version.template.id,
        build: start(version),
      });
      const offered = await claim(second);
      advance(leaseMs);
      expect(await store.jobs.reap({ leases: false })).toMatchObject([
        { what: 'offer_expired', job: { id: offered.job } },
      ]);
      expect(await store.jobs.byId(ref.job)).toMatchObject({ attempt: 1, leaseExpiresAt: expect.any(Number) });
      expect(await store.jobs.reap({ leases: true })).toMatchObject([{ what: 'requeued', job: { id: ref.job } }]);
    });

    test('a renewed lease is not run out', async () => {
      const { store, running, first, advance } = await waitingBuild();
      const ref = await running(first);
      advance(leaseMs - 1);
      await store.jobs.heartbeat(first.id, [ref], leaseMs);
      advance(1);
      expect(await store.jobs.reap()).toEqual([]);
    });
  });

  test('a fenced attempt can do nothing', async () => {
    const { store, running, first, second, advance } = await waitingBuild();
    const old = await running(first, false);
    advance(leaseMs);
    await store.jobs.reap();
    const { job, attempt } = await running(second);
    const accept = { ...old, daemonId: first.id };
    const state = { digest: '0'.repeat(64), sizeBytes: 1, serial: 1, lineage: 'l' };
    const before = await store.jobs.byId(job);
    await expectError(store.jobs.accept(accept, { leaseMs, tokenHash: 'h', openGate: true }), 'fenced');
    await expectError(store.jobs.openGate(old), 'fenced');
    await expectError(store.jobs.setPhase(old, 'apply'), 'fenced');
    await expectError(store.jobs.handBack(old, 'reason'), 'fenced');
    await expectError(store.jobs.saveResult(old, findings()), 'fenced');
    await expectError(store.jobs.saveSnapshot(old, state), 'fenced');
    await expectError(store.jobs.settle(old, success), 'fenced');
    await expectError(store.jobs.withdrawOffer(old), 'fenced');
    expect(await store.jobs.byId(job)).toEqual(before);
    expect(before?.attempt).toBe(attempt);
  });

  test('operations on a job that is not there', async () => {
    const { store, owner } = await makeWorld(open);
    const ref = { job: owner.id, attempt: 1 };
    await expectError(store.jobs.openGate(ref), 'not_found');
    await expectError(store.jobs.setPhase(ref, 'apply'), 'not_found');
    await expectError(store.jobs.handBack(ref, 'reason'), 'not_found');
    await expectError(store.jobs.settle(ref, success), 'not_found');
    await expectError(store.jobs.withdrawOffer(ref), 'not_found');
    await expectError(store.jobs.position(owner.id), 'not_found');
    expect(await store.jobs.byId(owner.id)).toBeNull();
    expect(await store.jobs.attemptInput(owner.id)).toBeNull();
    expect(await store.jobs.attemptByToken('none')).toBeNull();
  });

  test('the phase is shown, and kept at the end', async () => {
    const { store, running, first } = await waitingBuild();
    const ref = await running(first);
    await store.jobs.setPhase(ref, 'apply');
    expect((await store.jobs.byId(ref.job))?.phase).toBe('apply');
    expect((await store.jobs.settle(ref, failure('engine_failed'))).phase).toBe('apply');
    await expectError(store.jobs.setPhase(ref, 'store'), 'fenced');
  });
}

import { randomUUID } from 'node:crypto';
import { type AttemptRef, type StateRef, timings } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import { expectError, failure, makeWorld, type OpenStore, success, uploadState } from './world.js';

const { leaseMs } = timings;

export function salvageConformance(open: OpenStore): void {
  /** A build that was given up, with the snapshot of serial 4 that its workspace has now unless told otherwise. */
  async function givenUp({ snapshot = true } = {}) {
    const world = await makeWorld(open);
    const { store } = world;
    const version = await world.imported();
    const workspace = await world.workspace(version);
    const daemon = await world.daemon();
    const tokenHash = randomUUID();
    const { job, attempt } = await world.claim(daemon);
    const ref: AttemptRef = { job, attempt };
    await store.jobs.accept({ ...ref, daemonId: daemon.id }, { leaseMs, tokenHash, openGate: true });
    if (snapshot) await store.jobs.saveSnapshot(ref, await uploadState(store, '{"serial":4}', 4));
    world.advance(leaseMs);
    await store.jobs.reap();
    await store.jobs.release(job, 'owner');
    const present = async () => (await store.workspaces.byId(workspace.id))?.latestBuild.state ?? null;
    const incomplete = async () => (await store.workspaces.byId(workspace.id))?.stateIncomplete ?? null;
    const accepting = { ...world.start(version), acceptIncompleteState: true };
    return { ...world, version, workspace, daemon, ref, tokenHash, present, incomplete, accepting };
  }

  describe('salvage', () => {
    test('becomes the state when nothing has started since, and the workspace is whole again', async () => {
      const { store, ref, tokenHash, present, incomplete, workspace, start, version } = await givenUp();
      expect(await store.jobs.attemptByToken(tokenHash)).toMatchObject({ owns: false, maySalvage: true });
      const state = await uploadState(store, '{"serial":9}', 9);
      expect(await incomplete()).not.toBeNull();
      const { outcome, reason, job } = await store.jobs.saveSalvage(ref, state);
      expect([outcome, reason]).toEqual(['adopted', null]);
      expect(job.notes.at(-1)).toContain('it is the state of the workspace now');
      expect(await store.jobs.byId(ref.job)).toEqual(job);
      expect(await present()).toEqual(state);
      expect(await incomplete()).toBeNull();
      expect(await store.workspaces.createBuild(workspace.id, start(version))).toMatchObject({ state });
    });

    test('becomes the state of a workspace that had none, whatever its lineage', async () => {
      const { store, ref, present } = await givenUp({ snapshot: false });
      const state = { ...(await uploadState(store, '{"serial":1}', 1)), lineage: 'another' };
      expect(await store.jobs.saveSalvage(ref, state)).toMatchObject({ outcome: 'adopted' });
      expect(await present()).toEqual(state);
    });

    test('of the same serial and other content becomes the state; of the same content it is there already', async () => {
      const { store, ref, present, incomplete } = await givenUp();
      const same = await uploadState(store, '{"serial":4}', 4);
      expect(await store.jobs.saveSalvage(ref, same)).toMatchObject({ outcome: 'same', reason: null });
      expect(await incomplete()).toBeNull();
      const differs = await uploadState(store, '{"serial":4,"more":1}', 4);
      expect(await store.jobs.saveSalvage(ref, differs)).toMatchObject({ outcome: 'adopted' });
      expect(await present()).toEqual(differs);
    });

    const unfit: [string, string, Partial<StateRef>][] = [
      ['of another lineage', 'other_lineage', { lineage: 'another' }],
      ['of an older serial', 'older_serial', { serial: 3 }],
    ];
    test.each(unfit)('%s is kept beside the build', async (_, reason, change) => {
      const { store, ref, present, incomplete, workspace } = await givenUp();
      const before = await present();
      const state = { ...(await uploadState(store, '{"serial":9}', 9)), ...change };
      expect(await store.jobs.saveSalvage(ref, state)).toMatchObject({ outcome: 'kept', reason });
      expect(await present()).toEqual(before);
      expect(await incomplete()).not.toBeNull();
      const history = await store.workspaces.stateHistory(workspace.id);
      expect(history.map(({ kind, current, state: { serial } }) => [kind, current, serial])).toEqual([
        ['salvage', false, state.serial],
        ['snapshot', true, 4],
      ]);
    });

    test('is kept when a later build has started, whatever became of that', async () => {
      const { store, ref, present, workspace, accepting, running, daemon } = await givenUp();
      await store.workspaces.createBuild(workspace.id, accepting);
      await store.jobs.settle(await running(daemon), failure('engine_failed'));
      const before = await present();
      const state = await uploadState(store, '{"serial":9}', 9);
      expect(await store.jobs.saveSalvage(ref, state)).toMatchObject({ outcome: 'kept', reason: 'later_build' });
      expect(await present()).toEqual(before);
    });

    test('is what a later build begins with that waits still, or was canceled before it started', async () => {
      const { store, ref, present, workspace, accepting, daemon, claim } = await givenUp();
      const canceled = await store.workspaces.createBuild(workspace.id, accepting);
      await store.jobs.requestCancel(canceled.job.id);
      await store.workspaces.createBuild(workspace.id, accepting);
      const state = await uploadState(store, '{"serial":9}', 9);
      expect(await store.jobs.saveSalvage(ref, state)).toMatchObject({ outcome: 'adopted' });
      expect(await present()).toEqual(state);
      const { job } = await claim(daemon);
      expect((await store.jobs.attemptInput(job))?.build?.state).toEqual(state);
    });

    test('binds a waiting build to an engine that can read it', async () => {
      const { store, workspace, accepting, daemon, ref } = await givenUp({ snapshot: false });
      await store.workspaces.createBuild(workspace.id, accepting);
      await store.jobs.saveSalvage(ref, await uploadState(store, '{"serial":9}', 9));
      const waiting = (await store.workspaces.byId(workspace.id))?.latestBuild.job;
      expect(waiting).toMatchObject({ minimumEngineVersion: daemon.engine.version });
    });

    test('is kept when the workspace was deleted', async () => {
      const { store, ref, workspace, accepting } = await givenUp();
      await store.workspaces.createBuild(workspace.id, { ...accepting, transition: 'delete', orphan: true });
      const state = await uploadState(store, '{"serial":9}', 9);
      expect(await store.jobs.saveSalvage(ref, state)).toMatchObject({ outcome: 'kept', reason: 'workspace_deleted' });
    });

    test('handed in again is answered as before; a later one takes its place', async () => {
      const { store, ref, present, workspace } = await givenUp();
      const first = await uploadState(store, '{"serial":8}', 8);
      expect(await store.jobs.saveSalvage(ref, first)).toMatchObject({ outcome: 'adopted' });
      expect(await store.jobs.saveSalvage(ref, first)).toMatchObject({ outcome: 'same' });
      const second = await uploadState(store, '{"serial":9}', 9);
      expect(await store.jobs.saveSalvage(ref, second)).toMatchObject({ outcome: 'adopted' });
      expect(await present()).toEqual(second);
      const salvaged = (await store.workspaces.stateHistory(workspace.id)).filter(({ kind }) => kind === 'salvage');
      expect(salvaged.filter(({ current }) => current).length).toBe(1);
    });

    test('needs the upload, and an attempt that was fenced after its accept', async () => {
      const { store, ref, workspace, accepting, running, claim, daemon } = await givenUp();
      const state = await uploadState(store, '{"serial":9}', 9);
      await expectError(store.jobs.saveSalvage(ref, { ...state, digest: 'c'.repeat(64) }), 'not_found');
      await store.workspaces.createBuild(workspace.id, accepting);
      const offered = await claim(daemon);
      await store.jobs.withdrawOffer(offered);
      await expectError(store.jobs.saveSalvage(offered, state), 'invalid_request');
      const owning = await running(daemon);
      await expectError(store.jobs.saveSalvage(owning, state), 'invalid_request');
      await store.jobs.settle(owning, success);
      await expectError(store.jobs.saveSalvage(owning, state), 'invalid_request');
    });

    test('of an attempt whose job runs again is kept', async () => {
      const world = await makeWorld(open);
      const { store } = world;
      await world.workspace(await world.imported());
      const lost = await world.running(await world.daemon(), false);
      world.advance(leaseMs);
      await store.jobs.reap();
      const state = await uploadState(store, '{"serial":1}', 1);
      expect(await store.jobs.saveSalvage(lost, state)).toMatchObject({ outcome: 'kept', reason: 'later_build' });
      const again = await world.running(await world.daemon());
      await store.jobs.settle(again, success);
      expect(await store.jobs.saveSalvage(lost, state)).toMatchObject({ outcome: 'kept', reason: 'later_build' });
      expect((await store.workspaces.buildOfJob(lost.job))?.state).toBeNull();
    });

    test('and a new build at the same moment: one state is built on', async () => {
      for (let i = 0; i < 6; i++) {
        const { store, ref, workspace, accepting, present } = await givenUp();
        const state = await uploadState(store, '{"serial":9}', 9);
        const both = [
          () => store.jobs.saveSalvage(ref, state),
          () => store.workspaces.createBuild(workspace.id, accepting),
        ];
        await Promise.all((i % 2 === 0 ? both : both.reverse()).map(one => one()));
        expect(await present()).toEqual(state);
        const latest = (await store.workspaces.byId(workspace.id))?.latestBuild;
        expect((await store.jobs.attemptInput(latest?.job.id ?? ''))?.build?.state).toEqual(state);
      }
    });
  });
}

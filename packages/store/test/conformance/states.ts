import { timings } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import { expectError, failure, makeWorld, type OpenStore, success, terraform, uploadState } from './world.js';

export function statesConformance(open: OpenStore): void {
  /** A workspace whose first build ended with a state of serial 3. */
  async function built() {
    const world = await makeWorld(open);
    const { store } = world;
    const version = await world.imported();
    const workspace = await world.workspace(version);
    const daemon = await world.daemon();
    const first = await uploadState(store, '{"serial":3}', 3);
    const ref = await world.running(daemon);
    await store.jobs.settle(ref, { ...success, state: first });
    const push = (state: Awaited<ReturnType<typeof uploadState>>, force = false) =>
      store.workspaces.pushState(workspace.id, { state, engine: terraform, userId: world.owner.id, force });
    return { ...world, version, workspace, daemon, first, push };
  }

  describe('the states of a workspace', () => {
    test('are listed newest first, with build, attempt and kind', async () => {
      const { store, workspace, version, start, running, daemon, first, advance, now } = await built();
      const at = now();
      advance(10);
      await store.workspaces.createBuild(workspace.id, start(version));
      const ref = await running(daemon);
      const snapshot = await uploadState(store, '{"serial":4}', 4);
      await store.jobs.saveSnapshot(ref, snapshot);
      const common = { attempt: 1, engine: terraform, pushedBy: null, kept: true };
      const old = { ...common, build: 1, kind: 'final', state: first, createdAt: at, current: true };
      expect(await store.workspaces.stateHistory(workspace.id)).toMatchObject([
        { ...common, build: 2, kind: 'snapshot', state: snapshot, createdAt: now(), current: false },
        old,
      ]);
      const final = await uploadState(store, '{"serial":5}', 5);
      await store.jobs.settle(ref, { ...success, state: final });
      expect(await store.workspaces.stateHistory(workspace.id)).toMatchObject([
        { ...common, build: 2, kind: 'final', state: final, current: true },
        { ...old, current: false },
      ]);
      expect(await store.workspaces.stateHistory(version.id)).toEqual([]);
    });

    test('a build that makes none has that of the one before', async () => {
      const { store, workspace, version, start, running, daemon, first } = await built();
      await store.workspaces.createBuild(workspace.id, start(version));
      await store.jobs.settle(await running(daemon), failure('engine_failed'));
      const history = await store.workspaces.stateHistory(workspace.id);
      expect(history).toMatchObject([{ build: 1, state: first, current: true }]);
    });

    test('a pushed one follows the present one, by lineage and serial', async () => {
      const { store, workspace, version, start, push, first, owner } = await built();
      const next = await uploadState(store, '{"serial":4}', 4);
      await expectError(push({ ...next, lineage: 'another' }), 'state_conflict');
      await expectError(push({ ...next, serial: 2 }), 'state_conflict');
      await expectError(push({ ...next, serial: 3 }), 'state_conflict');
      await expectError(push({ ...next, digest: 'd'.repeat(64) }), 'not_found');
      expect((await store.workspaces.byId(workspace.id))?.latestBuild.state).toEqual(first);
      // The same content may be pushed again.
      await push(first);
      expect(await push(next)).toMatchObject({
        ...{ build: 1, attempt: null, kind: 'pushed', state: next, current: true, kept: true },
        pushedBy: { id: owner.id, username: owner.username },
      });
      expect((await store.workspaces.byId(workspace.id))?.latestBuild.state).toEqual(next);
      expect(await store.workspaces.createBuild(workspace.id, start(version))).toMatchObject({ state: next });
    });

    test('force pushes any', async () => {
      const { store, workspace, push } = await built();
      const other = { ...(await uploadState(store, '{"serial":1}', 1)), lineage: 'another' };
      expect(await push(other, true)).toMatchObject({ state: other, current: true });
      expect((await store.workspaces.byId(workspace.id))?.latestBuild.state).toEqual(other);
    });

    test('none is pushed while a build has not ended, or after the workspace was deleted', async () => {
      const { store, workspace, version, start, push, first, running, daemon, advance } = await built();
      await store.workspaces.createBuild(workspace.id, start(version));
      await expectError(push(first), 'build_active');
      const ref = await running(daemon);
      advance(timings.leaseMs);
      await store.jobs.reap();
      await expectError(push(first, true), 'workspace_held');
      await store.jobs.release(ref.job, 'owner');
      expect((await store.workspaces.byId(workspace.id))?.stateIncomplete).not.toBeNull();
      await push(first);
      expect((await store.workspaces.byId(workspace.id))?.stateIncomplete).toBeNull();
      await store.workspaces.createBuild(workspace.id, { ...start(version), transition: 'delete', orphan: true });
      await expectError(push(first, true), 'workspace_deleted');
    });
  });
}

import { randomBytes } from 'node:crypto';
import { limits, type StateRef } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import type { BlobRef, Store } from '../../src/index.js';
import { failure, makeWorld, type OpenStore, sha256, streamOf, success, textEntry, uploadState } from './world.js';

const day = 24 * 3_600_000;

/** Sweeps to the end of a pass and adds up. */
async function sweepAll(store: Store, stateBuilds?: number) {
  let freedBytes = 0;
  let droppedStates = 0;
  let steps = 0;
  for (;;) {
    const swept = await store.maintenance.sweep({ stateBuilds });
    freedBytes += swept.freedBytes;
    droppedStates += swept.droppedStates;
    steps++;
    if (!swept.more) return { freedBytes, droppedStates, steps };
  }
}

export function maintenanceConformance(open: OpenStore): void {
  /** A store in which a workspace was built four times, each time with another state. */
  async function builtFourTimes() {
    const world = await makeWorld(open);
    const { store } = world;
    const version = await world.imported();
    const workspace = await world.workspace(version);
    const daemon = await world.daemon();
    const states: StateRef[] = [];
    for (let serial = 1; serial <= 4; serial++) {
      if (serial > 1) await store.workspaces.createBuild(workspace.id, world.start(version));
      const ref = await world.running(daemon);
      const state = await uploadState(store, `{"serial":${serial}}`, serial);
      await store.jobs.settle(ref, { ...success, state });
      states.push(state);
    }
    const isThere = async (ref: BlobRef) => (await store.blobs.size(ref)) !== null;
    const thereNow = () => Promise.all(states.map(({ digest }) => isThere({ kind: 'state', digest })));
    return { ...world, version, workspace, daemon, states, isThere, thereNow };
  }

  describe('sweeping', () => {
    test('deletes what was begun or uploaded a day ago and named by nobody', async () => {
      const { store, advance, upload } = await makeWorld(open);
      const large = randomBytes(9 * limits.blobChunkBytes + 5);
      const orphan: BlobRef = { kind: 'state', digest: sha256(large) };
      await upload(orphan, large);
      const half: BlobRef = { kind: 'archive', digest: '1'.repeat(64) };
      await store.blobs.write(half, { sizeBytes: 100, offset: 0, content: streamOf(randomBytes(10)) });
      advance(day);
      const fresh: BlobRef = { kind: 'archive', digest: sha256('fresh') };
      await upload(fresh, Buffer.from('fresh'));
      expect(await sweepAll(store)).toMatchObject({ freedBytes: 0, droppedStates: 0 });
      advance(1);
      const swept = await sweepAll(store);
      expect(swept.freedBytes).toBe(large.length + 10);
      // A few pieces a step.
      expect(swept.steps).toBeGreaterThan(3);
      expect(await store.blobs.size(orphan)).toBeNull();
      expect(await store.blobs.status(half)).toEqual({ receivedBytes: 0, complete: false });
      expect(await store.blobs.size(fresh)).toBe(5);
      await upload(orphan, large);
      expect(await store.blobs.size(orphan)).toBe(large.length);
      expect((await store.maintenance.verify()).problems).toEqual([]);
    });

    test('keeps every archive that a template has, and those of a deleted one for a day', async () => {
      const { store, advance, imported, push } = await makeWorld(open);
      const kept = await imported();
      const sharing = await imported({ archive: kept.archive.digest });
      const { version: gone } = await push();
      await store.templates.remove(gone.template.id);
      await store.templates.remove(sharing.template.id);
      const size = (version: typeof kept) => store.blobs.size({ kind: 'archive', digest: version.archive.digest });
      expect((await sweepAll(store)).freedBytes).toBe(0);
      expect(await size(gone)).toBe(64);
      advance(day + 1);
      expect((await sweepAll(store)).freedBytes).toBe(64);
      expect(await size(gone)).toBeNull();
      expect(await size(kept)).toBe(64);
      expect((await store.maintenance.verify()).problems).toEqual([]);
    });

    test('keeps the states of the last builds and what those began with, when told so', async () => {
      const { store, advance, workspace, thereNow, states, version, start, running, daemon } = await builtFourTimes();
      advance(day + 1);
      expect(await sweepAll(store)).toMatchObject({ freedBytes: 0, droppedStates: 0 });
      expect(await sweepAll(store, 2)).toMatchObject({ droppedStates: 1, freedBytes: states[0]?.sizeBytes });
      // Build 3 began with the state of build 2.
      expect(await thereNow()).toEqual([false, true, true, true]);
      const history = await store.workspaces.stateHistory(workspace.id);
      expect(history.map(({ build, kept }) => [build, kept])).toEqual([
        [4, true],
        [3, true],
        [2, true],
        [1, false],
      ]);
      await store.workspaces.createBuild(workspace.id, start(version));
      await store.jobs.settle(await running(daemon), failure('engine_failed'));
      expect(await sweepAll(store, 1)).toMatchObject({ droppedStates: 2 });
      expect(await thereNow()).toEqual([false, false, false, true]);
      expect((await store.workspaces.byId(workspace.id))?.latestBuild.state).toEqual(states[3]);
      expect((await store.maintenance.verify()).problems).toEqual([]);
    });

    test('keeps the state that a dry run plans on until that has ended', async () => {
      const { store, advance, workspace, states, thereNow, version, start, running, daemon, owner } =
        await builtFourTimes();
      const plan = { versionId: version.id, initiatorId: owner.id, transition: 'start' as const, parameters: [] };
      const planned = await store.dryRuns.create({ ...plan, workspaceId: workspace.id });
      for (const serial of [5, 6]) {
        await store.workspaces.createBuild(workspace.id, start(version));
        const state = await uploadState(store, `{"serial":${serial}}`, serial);
        await store.jobs.settle(await running(daemon), { ...success, state });
      }
      advance(day + 1);
      await sweepAll(store, 1);
      expect(await thereNow()).toEqual([false, false, false, true]);
      expect((await store.jobs.attemptInput(planned.job.id))?.dryRun?.state).toEqual(states[3]);
      await store.jobs.requestCancel(planned.job.id);
      await sweepAll(store, 1);
      expect(await thereNow()).toEqual([false, false, false, false]);
    });

    test('a content that was dropped may come again', async () => {
      const { store, advance, workspace, states, owner, thereNow } = await builtFourTimes();
      advance(day + 1);
      await sweepAll(store, 1);
      const [first] = states;
      if (first === undefined) throw new Error('no state');
      const again = await uploadState(store, '{"serial":1}', 1);
      expect(again).toEqual(first);
      const push = { state: again, engine: { name: 'terraform' as const, version: '1.11.4' }, userId: owner.id };
      await store.workspaces.pushState(workspace.id, { ...push, force: true });
      advance(day + 1);
      await sweepAll(store, 1);
      expect((await thereNow())[0]).toBe(true);
      expect((await store.maintenance.verify()).problems).toEqual([]);
    });
  });

  test('a verification looks at everything, and finds nothing where all is well', async () => {
    const { store, workspace, version, start, running, daemon, claim } = await builtFourTimes();
    await store.workspaces.createBuild(workspace.id, start(version));
    const ref = await running(daemon);
    await store.logs.append(ref, [textEntry(1), textEntry(2)]);
    await store.logs.append(ref, [textEntry(3)]);
    await store.jobs.requestCancel(ref.job);
    const other = await daemonsJob();
    expect(await store.maintenance.verify()).toEqual({ jobs: 7, states: 4, archives: 1, logs: 1, problems: [] });
    expect(other.attempt).toBe(1);

    async function daemonsJob() {
      const made = await store.workspaces.create({
        organizationId: workspace.organization.id,
        ownerId: workspace.owner.id,
        name: 'other',
        templateId: version.template.id,
        build: start(version),
      });
      const offered = await claim(daemon);
      expect(offered.job).toBe(made.latestBuild.job.id);
      return offered;
    }
  });
}

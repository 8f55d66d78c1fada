import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { VariableValue } from '@berth/protocol';
import { tempDir, testGuard } from '@berth/testkit';
import { expect } from 'vitest';
import { openStore, type Store } from '../src/index.js';
import { failure, makeWorld, uploadState } from './conformance/world.js';

/** A build that a daemon has accepted and may change things for, with a lease of a millisecond. */
async function applying(store: Store, passing: VariableValue[] = []) {
  const world = await makeWorld(async () => ({ store, now: Date.now, advance: () => undefined }));
  const version = await world.imported();
  const workspace = await world.workspace(version, { build: { passing } });
  const daemon = await world.daemon();
  const { job, attempt } = await world.claim(daemon);
  const terms = { leaseMs: 1, tokenHash: 'hash', openGate: true };
  await store.jobs.accept({ job, attempt, daemonId: daemon.id }, terms);
  return { ...world, version, workspace, daemon, ref: { job, attempt } };
}

testGuard('store.digest', 'content that is not what its digest says is refused', async () => {
  const store = await openStore({ dataDir: tempDir() });
  try {
    const digest = createHash('sha256').update('what was meant').digest('hex');
    const content = Readable.from([Buffer.from('what has come.')]);
    const written = store.blobs.write({ kind: 'state', digest }, { sizeBytes: 14, offset: 0, content });
    await expect(written).rejects.toMatchObject({ code: 'digest_mismatch' });
  } finally {
    await store.close();
  }
});

testGuard('store.instance', 'a data directory without the journal cannot say that nothing was started', async () => {
  const store = await openStore({ dataDir: tempDir() });
  try {
    const { ref, daemon } = await applying(store);
    const fresh = { daemonId: daemon.id, instance: '00000000-0000-0000-0000-000000000000' };
    await expect(store.jobs.notStarted(ref, fresh, 'reason')).rejects.toMatchObject({ code: 'wrong_instance' });
  } finally {
    await store.close();
  }
});

testGuard('store.late_state', 'a late state does not replace that of a build which has started since', async () => {
  let now = Date.now();
  const store = await openStore({ dataDir: tempDir(), clock: { now: () => now } });
  try {
    const { ref, workspace, version, daemon, start, running } = await applying(store);
    now += 10;
    await store.jobs.reap();
    await store.jobs.release(ref.job, 'owner');
    await store.workspaces.createBuild(workspace.id, { ...start(version), acceptIncompleteState: true });
    const state = await uploadState(store, '{"serial":5}', 5);
    await store.jobs.settle(await running(daemon), { ...failure('engine_failed'), state });
    await store.jobs.saveSalvage(ref, await uploadState(store, '{"serial":9}', 9));
    expect((await store.workspaces.byId(workspace.id))?.latestBuild.state).toEqual(state);
  } finally {
    await store.close();
  }
});

testGuard('store.passing_values', 'values of ephemeral variables go with the end of their job', async () => {
  const store = await openStore({ dataDir: tempDir() });
  try {
    const { ref } = await applying(store, [{ name: 'pin', value: 'hunter2', sensitive: true }]);
    expect((await store.jobs.attemptInput(ref.job))?.build?.parameters).toMatchObject([{ name: 'pin' }]);
    await store.jobs.settle(ref, failure('engine_failed'));
    expect((await store.jobs.attemptInput(ref.job))?.build?.parameters).toEqual([]);
  } finally {
    await store.close();
  }
});

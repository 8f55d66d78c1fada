import { type Client, download } from '@berth/client';
import { routes, type Workspace } from '@berth/protocol';
import { expect, test } from 'vitest';
import { refusal, type TestCoordinator, testCoordinator } from './support/coordinator.js';
import type { Attempt } from './support/daemon.js';
import { build, create, runBuild, sha256, template } from './support/work.js';

const instance = '11111111-2222-4333-8444-555555555555';

function stateOf(serial: number, more: { lineage?: string; note?: string } = {}) {
  const { lineage = 'l', note = '' } = more;
  const content = JSON.stringify({ version: 4, terraform_version: '1.11.4', serial, lineage, resources: [], note });
  return { content, ref: { digest: sha256(content), sizeBytes: content.length, serial, lineage } };
}

/** Uploads a state by the token of an attempt. */
async function handIn(url: string, { spec }: Attempt, serial: number, kind: 'snapshot' | 'salvage'): Promise<number> {
  const { content, ref } = stateOf(serial);
  const query = new URLSearchParams({ size: `${content.length}`, serial: `${serial}`, lineage: 'l', kind });
  const response = await fetch(`${url}/api/v1/attempt/states/${ref.digest}?${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${spec.token}`, 'content-type': 'application/octet-stream' },
    body: content,
  });
  return response.status;
}

async function uploadTo(client: Client, workspace: Workspace, { content, ref }: ReturnType<typeof stateOf>) {
  const params = { workspace: workspace.id, digest: ref.digest };
  const half = content.length >> 1;
  const query = (offset: number) => ({ size: content.length, offset });
  const blob = new Blob([content]);
  await client.send(routes.uploadState, { params, query: query(0), bytes: blob.slice(0, half) });
  expect(await client.call(routes.stateUploadStatus, { params })).toEqual({ receivedBytes: half, complete: false });
  await client.send(routes.uploadState, { params, query: query(half), bytes: blob.slice(half) });
}

/** A workspace whose daemon has vanished after the gate, with a snapshot of serial 1. */
async function unreachable(): Promise<{ setup: TestCoordinator; workspace: Workspace; attempt: Attempt }> {
  // Once it races, each look at the clock moves it, so that no two looks lie as far apart as an outage would.
  let racing = false;
  let ahead = 0;
  const now = () => {
    if (racing) ahead += 300;
    return Date.now() + ahead;
  };
  const setup = await testCoordinator({ timings: { reapMs: 10, beatMs: 10 }, clock: { now } });
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  const workspace = await create(setup, setup.owner, version);
  const attempt = await daemon.take(true);
  expect(await handIn(setup.url, attempt, 1, 'snapshot')).toBe(200);
  daemon.vanish();
  racing = true;
  await expect.poll(async () => (await show(setup, workspace)).status).toBe('unreachable');
  racing = false;
  return { setup, workspace, attempt };
}

function show({ owner }: TestCoordinator, { id }: Workspace): Promise<Workspace> {
  return owner.call(routes.getWorkspace, { params: { workspace: id } });
}

async function history({ owner }: TestCoordinator, { id }: Workspace) {
  const { items } = await owner.call(routes.listStates, { params: { workspace: id } });
  return items.map(({ kind, serial, current }) => ({ kind, serial, current }));
}

test('an unreachable build is released: the state may be incomplete until its daemon hands in what it has', async () => {
  const { setup, workspace, attempt } = await unreachable();
  const params = { workspace: workspace.id };
  const held = await show(setup, workspace);
  expect(held.latestBuild.job.giveUpAt).toBeGreaterThan(held.latestBuild.job.unreachableSince ?? Infinity);
  expect((await refusal(build(setup.owner, workspace, 'stop'))).code).toBe('workspace_held');

  expect(await setup.owner.call(routes.releaseWorkspace, { params })).toEqual({ build: 1, stateSerial: 1 });
  const released = await show(setup, workspace);
  expect(released).toMatchObject({
    status: 'failed',
    stateIncomplete: { build: 1, attempt: 1, daemon: { name: expect.any(String) }, accepted: false },
    latestBuild: { job: { status: 'failed', giveUpAt: null, error: { code: 'daemon_lost' } } },
  });
  expect(await history(setup, workspace)).toEqual([{ kind: 'snapshot', serial: 1, current: true }]);
  expect((await refusal(setup.owner.call(routes.releaseWorkspace, { params }))).code).toBe('illegal_transition');
  expect((await refusal(build(setup.owner, workspace, 'start'))).code).toBe('state_incomplete');

  const back = await setup.daemon({ instance, attempts: [attempt.ref] });
  expect(back.welcome.attempts).toMatchObject([{ verdict: 'fenced' }]);
  expect(await handIn(setup.url, attempt, 2, 'salvage')).toBe(200);
  expect(await show(setup, workspace)).toMatchObject({ stateIncomplete: null });
  expect(await history(setup, workspace)).toEqual([
    { kind: 'salvage', serial: 2, current: true },
    { kind: 'snapshot', serial: 1, current: false },
  ]);
  await build(setup.owner, workspace, 'start');
});

test('who goes on knowingly is asked once; salvage that comes later is kept beside', async () => {
  const { setup, workspace, attempt } = await unreachable();
  await setup.owner.call(routes.releaseWorkspace, { params: { workspace: workspace.id } });
  const other = await setup.daemon({ name: 'other' });
  await setup.owner.call(routes.createBuild, {
    params: { workspace: workspace.id },
    body: { transition: 'start', acceptIncompleteState: true },
  });
  await runBuild(other);
  expect(await handIn(setup.url, attempt, 2, 'salvage')).toBe(200);
  const { items } = await setup.owner.call(routes.listStates, { params: { workspace: workspace.id } });
  const salvaged = items.find(({ kind }) => kind === 'salvage');
  expect(salvaged).toMatchObject({ build: 1, attempt: 1, serial: 2, current: false, kept: true });
  const parts = { params: { workspace: workspace.id, state: salvaged?.id ?? '' } };
  const { bytes } = await download(setup.owner, routes.downloadState, parts);
  expect(await text(bytes)).toBe(stateOf(2).content);
});

async function text(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('a state is pushed when it follows the present one, and any other by force alone', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ instance });
  const version = await template(setup, daemon);
  const workspace = await create(setup, setup.owner, version);
  const attempt = await daemon.take(true);
  expect(await handIn(setup.url, attempt, 5, 'snapshot')).toBe(200);
  const pushOf = (state: ReturnType<typeof stateOf>, force = false) =>
    setup.owner.call(routes.pushState, {
      params: { workspace: workspace.id },
      body: { ...state.ref, engineVersion: '1.11.4', force },
    });
  const next = stateOf(6);
  await uploadTo(setup.owner, workspace, next);
  expect((await refusal(pushOf(next))).code).toBe('build_active');
  await daemon.settle(attempt.ref, { error: { code: 'engine_failed', message: 'no', hint: null, fields: null } });

  expect(await pushOf(next)).toMatchObject({ kind: 'pushed', build: 1, serial: 6, current: true, attempt: null });
  for (const [name, other] of Object.entries({
    'another lineage': stateOf(9, { lineage: 'other' }),
    'an older serial': stateOf(5, { note: 'x' }),
    'the same serial with other content': stateOf(6, { note: 'x' }),
  })) {
    await uploadTo(setup.owner, workspace, other);
    expect((await refusal(pushOf(other))).code, name).toBe('state_conflict');
  }
  expect(await pushOf(stateOf(9, { lineage: 'other' }), true)).toMatchObject({ serial: 9, lineage: 'other' });
  expect((await refusal(pushOf(stateOf(10, { lineage: 'other' })))).code).toBe('not_found');
  await build(setup.owner, workspace, 'stop');
  expect((await daemon.take()).spec).toMatchObject({ state: { serial: 9, lineage: 'other' } });
});

import { type AttemptResult, limits, type Output } from '@berth/protocol';
import { declaredVariable } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import {
  capabilities,
  expectError,
  failure,
  findings,
  makeWorld,
  type OpenStore,
  readAll,
  sha256,
  streamOf,
  success,
  terraform,
  textEntry,
  uploadState,
} from './world.js';

const secret: Output = { name: 'password', type: 'string', value: 'hunter2', sensitive: true };
const resource = {
  address: 'terraform_data.a',
  module: null,
  mode: 'managed' as const,
  type: 'terraform_data',
  name: 'a',
  tainted: false,
};

function built(): Extract<AttemptResult, { type: 'workspace_build' }> {
  return { type: 'workspace_build', engine: terraform, resources: [resource], outputs: [secret] };
}

export function settleConformance(open: OpenStore): void {
  async function runningBuild() {
    const world = await makeWorld(open);
    const version = await world.imported();
    const workspace = await world.workspace(version);
    const daemon = await world.daemon();
    const ref = await world.running(daemon);
    return { ...world, version, workspace, daemon, ref, build: workspace.latestBuild };
  }

  describe('settling a build', () => {
    test('stores status, state, resources and outputs at once', async () => {
      const { store, ref, build, workspace, now } = await runningBuild();
      expect(await store.workspaces.result(build.id)).toEqual({ resources: [], outputs: [] });
      const state = await uploadState(store, '{"serial":3}', 3);
      await store.jobs.saveResult(ref, { ...built(), resources: [] });
      await store.jobs.saveResult(ref, built());
      expect(await store.workspaces.result(build.id)).toEqual({ resources: [], outputs: [] });
      const job = await store.jobs.settle(ref, { error: null, state, result: true });
      expect(job).toMatchObject({ finishedAt: now(), errorCode: null, error: null, leaseExpiresAt: null });
      const after = await store.workspaces.byId(workspace.id);
      expect(after?.latestBuild).toMatchObject({ id: build.id, state, job });
      expect(await store.workspaces.result(build.id)).toEqual({ resources: [resource], outputs: [secret] });
    });

    test('repeated, it is answered as the first time and changes nothing', async () => {
      const { store, ref, build, advance } = await runningBuild();
      const state = await uploadState(store, '{"serial":3}', 3);
      const first = await store.jobs.settle(ref, { error: null, state, result: false });
      advance(10);
      expect(await store.jobs.settle(ref, { error: null, state, result: false })).toEqual(first);
      expect(await store.jobs.settle(ref, failure('engine_failed'))).toEqual(first);
      expect((await store.workspaces.buildOfJob(ref.job))?.state).toEqual(state);
      expect(build.job.id).toBe(first.id);
    });

    test('needs the state and the result that it names', async () => {
      const { store, ref, now } = await runningBuild();
      const state = await uploadState(store, '{"serial":3}', 3);
      await expectError(
        store.jobs.settle(ref, { ...success, state: { ...state, digest: 'a'.repeat(64) } }),
        'not_found',
      );
      await expectError(store.jobs.settle(ref, { ...success, state: { ...state, sizeBytes: 1 } }), 'not_found');
      await expectError(store.jobs.settle(ref, { ...success, result: true }), 'not_found');
      const half = Buffer.from('{"serial":');
      const part = { digest: sha256(half), sizeBytes: half.length, serial: 4, lineage: 'lineage' };
      const upload = { sizeBytes: 100, offset: 0, content: streamOf(half) };
      await store.blobs.write({ kind: 'state', digest: part.digest }, upload);
      await expectError(store.jobs.settle(ref, { ...success, state: part }), 'not_found');
      expect(await store.jobs.byId(ref.job)).toMatchObject({ finishedAt: null });
      await store.jobs.settle(ref, { error: null, state, result: false });
      expect(await store.jobs.byId(ref.job)).toMatchObject({ finishedAt: now() });
    });

    test('stores what is attached as if it had been uploaded before', async () => {
      const { store, ref, workspace, build } = await runningBuild();
      const content = Buffer.from('{"serial":3}');
      const state = { digest: sha256(content), sizeBytes: content.length, serial: 3, lineage: 'lineage' };
      await store.logs.append(ref, [textEntry(1)]);
      const attached = { state: content, result: built(), log: [textEntry(1), textEntry(2)] };
      const job = await store.jobs.settle(ref, { error: null, state, result: true }, attached);
      expect((await store.workspaces.byId(workspace.id))?.latestBuild).toMatchObject({ state, job });
      expect(await store.workspaces.result(build.id)).toEqual({ resources: [resource], outputs: [secret] });
      expect((await store.logs.read(ref.job, 0, 10)).map(({ entry }) => entry.n)).toEqual([1, 2]);
      expect(await readAll(store.blobs.read({ kind: 'state', digest: state.digest }))).toEqual(content);
      expect(await store.jobs.settle(ref, { error: null, state, result: true }, attached)).toEqual(job);
      expect(await store.logs.read(ref.job, 0, 10)).toHaveLength(2);
    });

    test('takes the place of an upload of the same state that broke off', async () => {
      const { store, ref, workspace } = await runningBuild();
      const content = Buffer.from('{"serial":3}');
      const state = { digest: sha256(content), sizeBytes: content.length, serial: 3, lineage: 'lineage' };
      const part = { sizeBytes: content.length, offset: 0, content: streamOf(content.subarray(0, 4)) };
      await store.blobs.write({ kind: 'state', digest: state.digest }, part);
      await store.jobs.settle(ref, { ...success, state }, { state: content, result: null, log: [] });
      expect((await store.workspaces.byId(workspace.id))?.latestBuild.state).toEqual(state);
      expect(await readAll(store.blobs.read({ kind: 'state', digest: state.digest }))).toEqual(content);
    });

    test('settles nothing when what is attached is not right', async () => {
      const { store, ref, workspace } = await runningBuild();
      const content = Buffer.from('{"serial":3}');
      const state = { digest: sha256(content), sizeBytes: content.length, serial: 3, lineage: 'lineage' };
      const nothing = { state: null, result: null, log: [] };
      const settle = (outcome: object, attached: object) => {
        return store.jobs.settle(ref, { ...success, ...outcome }, { ...nothing, ...attached });
      };
      await expectError(settle({ state }, { state: Buffer.from('{"serial":4}') }), 'digest_mismatch');
      await expectError(settle({}, { state: content }), 'invalid_request');
      await expectError(settle({ state: { ...state, sizeBytes: 5 } }, { state: content }), 'not_found');
      await expectError(settle({ result: true }, { result: findings() }), 'invalid_request');
      await expectError(settle({ state }, { state: content, log: [textEntry(2)] }), 'log_gap');
      expect(await store.jobs.byId(ref.job)).toMatchObject({ finishedAt: null });
      expect(await store.logs.read(ref.job, 0, 10)).toEqual([]);
      await settle({}, { log: [textEntry(1)] });
      expect((await store.workspaces.byId(workspace.id))?.latestBuild.state).toBeNull();
    });

    test('a failed build keeps its error and the state that it uploaded', async () => {
      const { store, ref, workspace } = await runningBuild();
      const state = await uploadState(store, '{"serial":3}', 3);
      await store.jobs.saveResult(ref, built());
      const outcome = { ...failure('engine_failed', 'Error: no'), state, result: true };
      const job = await store.jobs.settle(ref, outcome);
      expect(job).toMatchObject({ errorCode: 'engine_failed', error: outcome.error });
      const latest = (await store.workspaces.byId(workspace.id))?.latestBuild;
      expect(latest).toMatchObject({ state, job: { error: outcome.error } });
      expect((await store.workspaces.result(latest?.id ?? '')).resources).toEqual([resource]);
    });

    test('without a state the workspace keeps the one before', async () => {
      const { store, ref, workspace, version, start, running, daemon } = await runningBuild();
      const state = await uploadState(store, '{"serial":3}', 3);
      await store.jobs.settle(ref, { error: null, state, result: false });
      const second = await store.workspaces.createBuild(workspace.id, { ...start(version), transition: 'stop' });
      expect(second).toMatchObject({ number: 2, state });
      const again = await running(daemon);
      expect((await store.jobs.attemptInput(again.job))?.build?.state).toEqual(state);
      await store.jobs.settle(again, failure('engine_failed'));
      expect((await store.workspaces.build(workspace.id, 2))?.state).toEqual(state);
    });

    test('without a state the newest snapshot of the attempt is the state', async () => {
      const { store, ref, workspace } = await runningBuild();
      const early = await uploadState(store, '{"serial":4}', 4);
      const late = await uploadState(store, '{"serial":5}', 5);
      await store.jobs.saveSnapshot(ref, early);
      await store.jobs.saveSnapshot(ref, late);
      expect((await store.workspaces.build(workspace.id, 1))?.state).toBeNull();
      await expectError(store.jobs.saveSnapshot(ref, { ...late, digest: 'b'.repeat(64) }), 'not_found');
      await store.jobs.settle(ref, failure('engine_killed'));
      expect((await store.workspaces.build(workspace.id, 1))?.state).toEqual(late);
    });

    test('a state beats a snapshot', async () => {
      const { store, ref, workspace } = await runningBuild();
      await store.jobs.saveSnapshot(ref, await uploadState(store, '{"serial":4}', 4));
      const state = await uploadState(store, '{"serial":6}', 6);
      await store.jobs.settle(ref, { ...success, state });
      expect((await store.workspaces.build(workspace.id, 1))?.state).toEqual(state);
    });

    test('a result that the outcome does not name counts for nothing', async () => {
      const { store, ref, build } = await runningBuild();
      await store.jobs.saveResult(ref, built());
      await store.jobs.settle(ref, failure('engine_failed'));
      expect(await store.workspaces.result(build.id)).toEqual({ resources: [], outputs: [] });
    });

    test('a result as large as the limit is kept, a larger one is refused', async () => {
      const { store, ref, build } = await runningBuild();
      const sized = (bytes: number) => {
        const empty = { ...built(), outputs: [{ ...secret, value: '' }] };
        const value = 'x'.repeat(bytes - JSON.stringify(empty).length);
        return { ...empty, outputs: [{ ...secret, value }] };
      };
      await expectError(store.jobs.saveResult(ref, sized(limits.resultBytes + 1)), 'limit_exceeded');
      const largest = sized(limits.resultBytes);
      await store.jobs.saveResult(ref, largest);
      await store.jobs.settle(ref, { ...success, result: true });
      expect((await store.workspaces.result(build.id)).outputs[0]?.value === largest.outputs[0]?.value).toBe(true);
    });

    test('a result of another type of job is refused', async () => {
      const { store, ref } = await runningBuild();
      await expectError(store.jobs.saveResult(ref, findings()), 'invalid_request');
    });

    test('a build that did not pass the gate cannot succeed, and cancel needs a request', async () => {
      const { store, running, workspace, version, daemon, ref, start } = await runningBuild();
      await expectError(store.jobs.settle(ref, failure('canceled')), 'illegal_transition');
      await store.jobs.settle(ref, failure('engine_failed'));
      await store.workspaces.createBuild(workspace.id, start(version));
      const closed = await running(daemon, false);
      await expectError(store.jobs.settle(closed, success), 'illegal_transition');
      expect(await store.jobs.settle(closed, failure('invalid_configuration'))).toMatchObject({ applyStartedAt: null });
    });

    test('a delete that succeeds deletes the workspace; one that fails does not', async () => {
      const { store, ref, workspace, version, daemon, running, start, now } = await runningBuild();
      await store.jobs.settle(ref, success);
      const remove = { ...start(version), transition: 'delete' as const };
      await store.workspaces.createBuild(workspace.id, remove);
      await store.jobs.settle(await running(daemon), failure('engine_failed'));
      expect((await store.workspaces.byId(workspace.id))?.deletedAt).toBeNull();
      await store.workspaces.createBuild(workspace.id, remove);
      await store.jobs.settle(await running(daemon), success);
      expect((await store.workspaces.byId(workspace.id))?.deletedAt).toBe(now());
      await expectError(store.workspaces.createBuild(workspace.id, remove), 'workspace_deleted');
    });
  });

  describe('settling an import', () => {
    async function runningImport(change: Parameters<Awaited<ReturnType<typeof makeWorld>>['push']>[0] = {}) {
      const world = await makeWorld(open);
      const { version } = await world.push(change);
      const ref = await world.running(await world.daemon(), false);
      return { ...world, version, ref };
    }

    test('stores the findings, engine and lock file, and makes the version active', async () => {
      const { store, version, ref } = await runningImport();
      const found = findings({
        variables: [declaredVariable('size'), declaredVariable('password', { sensitive: true })],
        lockFile: 'provider "x" {}',
        readme: '# Read me',
        plan: { add: 1, change: 0, remove: 0 },
      });
      await store.jobs.saveResult(ref, found);
      expect((await store.templates.version(version.id))?.imported).toBeNull();
      await store.jobs.settle(ref, { ...success, result: true });
      expect(await store.templates.version(version.id)).toMatchObject({
        active: true,
        engine: 'terraform',
        engineVersion: terraform.version,
        imported: found,
      });
      expect((await store.templates.byId(version.template.id))?.activeVersion).toEqual({
        id: version.id,
        name: version.name,
      });
    });

    test('a success needs findings; a failure keeps the version unready', async () => {
      const { store, version, ref } = await runningImport();
      await expectError(store.jobs.settle(ref, success), 'invalid_request');
      await store.jobs.settle(ref, failure('invalid_configuration'));
      expect(await store.templates.version(version.id)).toMatchObject({ active: false, engine: null, imported: null });
      expect((await store.templates.byId(version.template.id))?.activeVersion).toBeNull();
    });

    test('the first version becomes active however it was pushed, a later one when pushed so', async () => {
      const { store, imported } = await makeWorld(open);
      const first = await imported({ template: 'docker', activate: false });
      expect(first.active).toBe(true);
      const second = await imported({ template: 'docker', activate: false });
      expect(second.active).toBe(false);
      const third = await imported({ template: 'docker', activate: true });
      expect(third.active).toBe(true);
      expect((await store.templates.version(first.id))?.active).toBe(false);
    });

    test('a slow import of an older push does not displace a newer version', async () => {
      const { store, push, daemon, running } = await makeWorld(open);
      const first = await push({ template: 'docker' });
      const second = await push({ template: 'docker' });
      const refs = [await running(await daemon(), false), await running(await daemon(), false)];
      for (const ref of refs.reverse()) {
        await store.jobs.saveResult(ref, findings());
        await store.jobs.settle(ref, { ...success, result: true });
      }
      expect((await store.templates.byName(first.version.organization.id, 'docker'))?.activeVersion?.id).toBe(
        second.version.id,
      );
    });

    test('a lost attempt leaves nothing of its findings', async () => {
      const { store, ref, version, advance, daemon, running } = await runningImport();
      await store.jobs.saveResult(ref, findings({ readme: 'of the lost attempt' }));
      advance(60_000);
      expect(await store.jobs.reap()).toMatchObject([{ what: 'requeued' }]);
      const again = await running(await daemon(), false);
      await expectError(store.jobs.settle(again, { ...success, result: true }), 'not_found');
      await store.jobs.saveResult(again, findings({ readme: 'of the second' }));
      await store.jobs.settle(again, { ...success, result: true });
      expect((await store.templates.version(version.id))?.imported?.readme).toBe('of the second');
    });
  });

  describe('the input of an attempt', () => {
    test('of an import', async () => {
      const { store, push, daemon, claim } = await makeWorld(open);
      const { version } = await push({ pinned: { region: 'eu' }, samples: { size: 3 } });
      await claim(await daemon());
      expect(await store.jobs.attemptInput(version.job.id)).toEqual({
        job: await store.jobs.byId(version.job.id),
        template: version.template,
        version: {
          id: version.id,
          name: 'v1',
          archive: version.archive,
          lockFile: null,
          pinned: { region: 'eu' },
          sensitive: [],
        },
        samples: { size: 3 },
        build: null,
        dryRun: null,
      });
    });

    test('of a build', async () => {
      const { store, imported, workspace, user, daemon, claim } = await makeWorld(open);
      const version = await imported(
        { pinned: { region: 'eu' } },
        { lockFile: 'lock', variables: [declaredVariable('a'), declaredVariable('b', { sensitive: true })] },
      );
      const owner = await user('grace');
      const parameters = [{ name: 'b', value: 'secret', sensitive: true }];
      const { id, name, latestBuild } = await workspace(version, { owner, build: { parameters } });
      const { job } = await claim(await daemon());
      expect(await store.jobs.attemptInput(job)).toEqual({
        job: await store.jobs.byId(job),
        template: version.template,
        version: {
          id: version.id,
          name: version.name,
          archive: version.archive,
          lockFile: 'lock',
          pinned: { region: 'eu' },
          sensitive: ['b'],
        },
        samples: {},
        build: {
          id: latestBuild.id,
          number: 1,
          transition: 'start',
          workspace: { id, name },
          owner: { id: owner.id, username: 'grace', email: 'grace@example.com' },
          parameters,
          state: null,
        },
        dryRun: null,
      });
    });

    test('an attempt found by its token knows archive and state', async () => {
      const { store, ref, workspace, version, start, daemon, claim } = await runningBuild();
      const state = await uploadState(store, '{"serial":3}', 3);
      await store.jobs.settle(ref, { ...success, state });
      await store.workspaces.createBuild(workspace.id, start(version));
      const next = await claim(daemon);
      const terms = { leaseMs: 1_000, tokenHash: 'token', openGate: true };
      await store.jobs.accept({ job: next.job, attempt: next.attempt, daemonId: daemon.id }, terms);
      const attempt = {
        job: next.job,
        attempt: 1,
        daemonId: daemon.id,
        maySalvage: false,
        archive: version.archive.digest,
        state,
      };
      expect(await store.jobs.attemptByToken('token')).toEqual({ ...attempt, owns: true });
      await store.jobs.settle(next, success);
      expect(await store.jobs.attemptByToken('token')).toEqual({ ...attempt, owns: false });
    });

    test('an offer of an imported version names the digest of its lock file', async () => {
      const { store, imported, workspace, daemon } = await makeWorld(open);
      await workspace(await imported({}, { lockFile: 'lock' }));
      const claimed = await store.jobs.claim(capabilities(await daemon()), 1_000);
      // printf lock | sha256sum
      expect(claimed?.lockFile).toBe('0c030586945fe504b604ecc2e875c38ede400cd5cd73da9730302162e6b02c6f');
    });
  });
}

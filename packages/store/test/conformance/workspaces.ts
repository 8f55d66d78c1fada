import { describe, expect, test } from 'vitest';
import { capabilities, expectError, failure, makeWorld, type OpenStore, success, uploadState } from './world.js';

export function workspacesConformance(open: OpenStore): void {
  describe('workspaces', () => {
    test('are made with their first build and its job', async () => {
      const { store, imported, workspace, organization, user, now } = await makeWorld(open);
      const version = await imported({ tags: { scope: 'organization', owner: '', gpu: 'yes' } });
      const owner = await user('grace');
      const parameters = [
        { name: 'size', value: { cpu: 2, zones: ['a', null] }, sensitive: false },
        { name: 'password', value: 'hunter2', sensitive: true },
      ];
      const made = await workspace(version, { name: 'Dev', owner, build: { parameters } });
      expect(made).toMatchObject({
        name: 'Dev',
        owner: { id: owner.id, username: 'grace' },
        organization: { id: organization.id, name: organization.name },
        template: { ...version.template, activeVersion: version.id },
        provider: 'built-in',
        createdAt: now(),
        deletedAt: null,
        latestBuild: {
          number: 1,
          workspace: { name: 'Dev' },
          transition: 'start',
          version: { id: version.id, name: version.name },
          initiator: { id: owner.id, username: 'grace' },
          parameters,
          orphan: false,
          state: null,
          job: {
            type: 'workspace_build',
            tags: version.tags,
            engine: 'terraform',
            minimumEngineVersion: null,
            provider: 'built-in',
            ownerId: owner.id,
            initiatorId: owner.id,
          },
        },
      });
      expect(await store.workspaces.byId(made.id)).toEqual(made);
      expect(await store.workspaces.build(made.id, 1)).toEqual(made.latestBuild);
      expect(await store.workspaces.buildOfJob(made.latestBuild.job.id)).toEqual(made.latestBuild);
      expect(await store.workspaces.build(made.id, 2)).toBeNull();
      expect(await store.workspaces.buildOfJob(version.job.id)).toBeNull();
      expect(await store.workspaces.byId(version.id)).toBeNull();
    });

    test('a name is taken per owner, in any case, among the living', async () => {
      const { store, imported, workspace, user, running, daemon, start } = await makeWorld(open);
      const version = await imported();
      const { id } = await workspace(version, { name: 'dev' });
      const error = await expectError(workspace(version, { name: 'DEV' }), 'name_taken');
      expect(error.fields).toEqual({ name: 'taken' });
      await workspace(version, { name: 'dev', owner: await user() });
      const runner = await daemon();
      await store.jobs.settle(await running(runner), success);
      await store.workspaces.createBuild(id, { ...start(version), transition: 'delete', orphan: true });
      await workspace(version, { name: 'Dev' });
    });

    test('need a version of their template that has imported', async () => {
      const { imported, push, workspace } = await makeWorld(open);
      const version = await imported();
      const other = await imported();
      const unready = (await push({ template: version.template.name })).version;
      await expectError(workspace(version, { build: { versionId: other.id } }), 'not_found');
      await expectError(workspace(version, { build: { versionId: unready.id } }), 'version_not_ready');
    });

    test('have one build at a time, and the error says which', async () => {
      const { store, imported, workspace, daemon, running, start } = await makeWorld(open);
      const version = await imported();
      const { id, name } = await workspace(version);
      const stop = { ...start(version), transition: 'stop' as const };
      const error = await expectError(store.workspaces.createBuild(id, stop), 'build_active');
      expect(error.message).toContain(`build 1 (start) of workspace '${name}'`);
      const runner = await daemon();
      await store.jobs.settle(await running(runner), failure('engine_failed'));
      expect(await store.workspaces.createBuild(id, stop)).toMatchObject({ number: 2, transition: 'stop' });
      expect((await store.workspaces.byId(id))?.latestBuild.number).toBe(2);
      await store.jobs.requestCancel((await store.workspaces.build(id, 2))?.job.id ?? '');
      expect(await store.workspaces.createBuild(id, stop)).toMatchObject({ number: 3 });
      await expectError(store.workspaces.createBuild(version.id, stop), 'not_found');
    });

    test('a build asks for the engine version that wrote the state', async () => {
      const { store, imported, workspace, daemon, running, start } = await makeWorld(open);
      const version = await imported();
      const { id } = await workspace(version);
      const newer = await daemon({ engine: { name: 'terraform', version: '1.12.3' } });
      const state = await uploadState(store, '{"serial":1}');
      await store.jobs.settle(await running(newer), { ...success, state });
      const next = await store.workspaces.createBuild(id, start(version));
      expect(next.job.minimumEngineVersion).toBe('1.12.3');
      const older = await daemon({ engine: { name: 'terraform', version: '1.12.2' } });
      expect(await store.jobs.claim(capabilities(older), 1_000)).toBeNull();
      await store.jobs.settle(await running(newer), failure('engine_failed'));
      expect((await store.workspaces.createBuild(id, start(version))).job.minimumEngineVersion).toBe('1.12.3');
    });

    test('orphaned are deleted at once, without a job for anybody', async () => {
      const { store, imported, workspace, daemon, running, start, now } = await makeWorld(open);
      const version = await imported();
      const { id } = await workspace(version);
      const runner = await daemon();
      const state = await uploadState(store, '{"serial":1}');
      await store.jobs.settle(await running(runner), { ...success, state });
      const orphan = { ...start(version), transition: 'delete' as const, orphan: true };
      await expectError(store.workspaces.createBuild(id, { ...orphan, transition: 'stop' }), 'invalid_request');
      const build = await store.workspaces.createBuild(id, orphan);
      expect(build).toMatchObject({ orphan: true, state, job: { finishedAt: now(), errorCode: null, attempt: 0 } });
      expect((await store.workspaces.byId(id))?.deletedAt).toBe(now());
      expect(await store.jobs.claim(capabilities(runner), 1_000)).toBeNull();
      await expectError(store.workspaces.createBuild(id, orphan), 'workspace_deleted');
    });

    test('are listed newest first by who may see them, by owner, name and template', async () => {
      const { store, imported, workspace, owner, user, organization, daemon, running, start, advance } =
        await makeWorld(open);
      const [one, two] = [await imported(), await imported()];
      const grace = await user('Grace');
      const a = await workspace(one, { name: 'a' });
      advance(1);
      await workspace(one, { name: 'b', owner: grace });
      await workspace(two, { name: 'c', owner: grace });
      const runner = await daemon();
      await store.jobs.settle(await running(runner), success);
      await store.workspaces.createBuild(a.id, { ...start(one), transition: 'delete', orphan: true });

      type Filter = Parameters<typeof store.workspaces.list>[0];
      const names = async (filter: Filter) =>
        (await store.workspaces.list(filter, { limit: 10 })).items.map(item => item.name);
      const all = { visible: { organizations: 'all' as const, ownerId: owner.id } };
      expect(await names(all)).toEqual(['c', 'b']);
      expect(await names({ ...all, deleted: true })).toEqual(['c', 'b', 'a']);
      expect(await names({ ...all, owner: 'grace' })).toEqual(['c', 'b']);
      expect(await names({ ...all, owner: grace.id })).toEqual(['c', 'b']);
      expect(await names({ ...all, owner: 'owner', deleted: true })).toEqual(['a']);
      expect(await names({ ...all, name: 'B' })).toEqual(['b']);
      expect(await names({ ...all, templateId: two.template.id })).toEqual(['c']);
      const mine = { organizations: [], ownerId: grace.id };
      expect(await names({ visible: mine })).toEqual(['c', 'b']);
      expect(await names({ visible: { ...mine, ownerId: owner.id } })).toEqual([]);
      expect(await names({ visible: { organizations: [organization.id], ownerId: owner.id } })).toEqual(['c', 'b']);
      expect(await names({ visible: { organizations: [one.id], ownerId: owner.id }, deleted: true })).toEqual(['a']);
    });
  });
}

import { describe, expect, test } from 'vitest';
import { capabilities, expectError, failure, makeWorld, type OpenStore, success } from './world.js';

export function templatesConformance(open: OpenStore): void {
  describe('templates', () => {
    test('a push makes template, version and import job', async () => {
      const { store, push, owner, organization, now } = await makeWorld(open);
      const pushed = await push({
        template: 'docker',
        message: 'first',
        pinned: { region: 'eu', deep: { a: [1, null, true] } },
        tags: { scope: 'organization', owner: '', gpu: 'yes' },
      });
      expect(pushed.created).toBe(true);
      expect(pushed.version).toMatchObject({
        name: 'v1',
        template: { name: 'docker' },
        organization: { id: organization.id, name: organization.name },
        message: 'first',
        createdBy: { id: owner.id, username: owner.username },
        createdAt: now(),
        archive: { sizeBytes: 64 },
        tags: { scope: 'organization', owner: '', gpu: 'yes' },
        active: false,
        engine: null,
        engineVersion: null,
        imported: null,
        pinned: { region: 'eu', deep: { a: [1, null, true] } },
        job: { type: 'template_import', attempt: 0, initiatorId: owner.id, ownerId: owner.id, engine: null },
      });
      expect(await store.templates.version(pushed.version.id)).toEqual(pushed.version);
      expect(await store.templates.byName(organization.id, 'DOCKER')).toMatchObject({
        id: pushed.version.template.id,
        name: 'docker',
        description: '',
        deprecated: null,
        activeVersion: null,
        workspaces: 0,
      });
      const again = await push({ template: 'Docker' });
      expect(again).toMatchObject({ created: false, version: { name: 'v2', template: { name: 'docker' } } });
    });

    test('version names are counted, given, or taken', async () => {
      const { push } = await makeWorld(open);
      const nameOf = async (name: string | null) => (await push({ template: 't', name })).version.name;
      expect(await nameOf('v2')).toBe('v2');
      expect(await nameOf('stable')).toBe('stable');
      expect(await nameOf(null)).toBe('v3');
      const error = await expectError(push({ template: 't', name: 'STABLE' }), 'name_taken');
      expect(error.fields).toEqual({ name: 'taken' });
      expect(await nameOf(null)).toBe('v4');
      expect((await push({ template: 'other', name: 'stable' })).version.name).toBe('stable');
    });

    test('a push that fails leaves nothing', async () => {
      const { store, push, organization } = await makeWorld(open);
      await expectError(push({ template: 't', archive: 'f'.repeat(64) }), 'not_found');
      expect(await store.templates.byName(organization.id, 't')).toBeNull();
      expect((await store.jobs.list({ organizationId: organization.id }, { limit: 10 })).items).toEqual([]);
    });

    test('an import takes the engine asked for, else that of the active version', async () => {
      const { push, imported } = await makeWorld(open);
      const tofu = { name: 'tofu' as const, version: '1.12.0' };
      await imported({ template: 'b', engine: 'tofu' }, { engine: tofu });
      expect((await push({ template: 'b' })).version.job.engine).toBe('tofu');
      expect((await push({ template: 'b', engine: 'terraform' })).version.job.engine).toBe('terraform');
      expect((await push({ template: 'a', engine: 'tofu' })).version).toMatchObject({
        engine: 'tofu',
        job: { engine: 'tofu' },
      });
    });

    test('are edited', async () => {
      const { store, imported, push, advance, now } = await makeWorld(open);
      const first = await imported({ template: 't' });
      const second = await imported({ template: 't' });
      advance(5);
      const { id } = first.template;
      const edited = await store.templates.edit(id, { name: 'T2', description: 'd', deprecated: 'use x' });
      expect(edited).toMatchObject({ id, name: 'T2', description: 'd', deprecated: 'use x', updatedAt: now() });
      expect(edited.activeVersion?.id).toBe(second.id);
      expect(await store.templates.edit(id, { deprecated: null, activeVersion: first.id })).toMatchObject({
        name: 'T2',
        description: 'd',
        deprecated: null,
        activeVersion: { id: first.id, name: 'v1' },
      });
      expect((await store.templates.version(second.id))?.active).toBe(false);
      expect(await store.templates.edit(id, { name: 't2' })).toMatchObject({ name: 't2' });

      const { version: other } = await push({ template: 'other' });
      await expectError(store.templates.edit(id, { name: 'OTHER' }), 'name_taken');
      await expectError(store.templates.edit(id, { activeVersion: other.id }), 'version_not_ready');
      await expectError(store.templates.edit(other.template.id, { activeVersion: other.id }), 'version_not_ready');
      await expectError(store.templates.edit(other.id, { name: 'x' }), 'not_found');
    });

    test('a version whose import failed cannot be made active', async () => {
      const { store, push, daemon, running } = await makeWorld(open);
      const { version } = await push();
      await store.jobs.settle(await running(await daemon(), false), failure('engine_failed'));
      await expectError(store.templates.edit(version.template.id, { activeVersion: version.id }), 'version_not_ready');
    });

    test('count their workspaces and cannot be removed while they have some', async () => {
      const { store, imported, workspace, running, daemon, organization, start, push } = await makeWorld(open);
      const version = await imported({ template: 't' });
      const { id } = version.template;
      const made = await workspace(version, { name: 'mine' });
      expect((await store.templates.byId(id))?.workspaces).toBe(1);
      const error = await expectError(store.templates.remove(id), 'template_in_use');
      expect(error.message).toContain('mine');
      const runner = await daemon();
      await store.jobs.settle(await running(runner), success);
      await store.workspaces.createBuild(made.id, { ...start(version), transition: 'delete' });
      await store.jobs.settle(await running(runner), success);
      expect((await store.templates.byId(id))?.workspaces).toBe(0);
      await store.templates.remove(id);
      expect(await store.templates.byId(id)).toBeNull();
      expect(await store.templates.byName(organization.id, 't')).toBeNull();
      expect(await store.templates.version(version.id)).toBeNull();
      expect((await store.templates.versions(id, {}, { limit: 10 })).items).toEqual([]);
      expect((await store.templates.list({ organizationId: organization.id }, { limit: 10 })).items).toEqual([]);
      // The history of its workspaces still tells its name.
      expect(await store.workspaces.byId(made.id)).toMatchObject({ template: { name: 't' } });
      await expectError(store.templates.remove(id), 'not_found');
      await expectError(workspace(version), 'not_found');
      expect(await push({ template: 't' })).toMatchObject({ created: true, version: { name: 'v1' } });
    });

    test('removed while they import: the imports end', async () => {
      const { store, push, daemon, running } = await makeWorld(open);
      const { version } = await push({ template: 't' });
      const importing = await running(await daemon(), false);
      const { version: second } = await push({ template: 't' });
      await store.templates.remove(version.template.id);
      expect(await store.jobs.byId(second.job.id)).toMatchObject({ errorCode: 'canceled' });
      expect((await store.jobs.byId(importing.job))?.cancelRequestedAt).not.toBeNull();
      expect(await store.jobs.claim(capabilities(await daemon()), 1_000)).toBeNull();
    });

    test('are listed by name, and versions newest first, both also by one name', async () => {
      const { store, push, organization } = await makeWorld(open);
      for (const template of ['b', 'A', 'c']) await push({ template });
      await push({ template: 'A', name: 'named' });
      const organizationId = organization.id;
      const list = async (name?: string) =>
        (await store.templates.list({ organizationId, name }, { limit: 10 })).items.map(item => item.name);
      expect(await list()).toEqual(['A', 'b', 'c']);
      expect(await list('a')).toEqual(['A']);
      expect(await list('none')).toEqual([]);
      const a = await store.templates.byName(organizationId, 'a');
      const versions = async (name?: string) =>
        (await store.templates.versions(a?.id ?? '', { name }, { limit: 10 })).items.map(item => item.name);
      expect(await versions()).toEqual(['named', 'v1']);
      expect(await versions('v1')).toEqual(['v1']);
    });
  });
}

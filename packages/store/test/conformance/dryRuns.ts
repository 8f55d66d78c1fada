import { describe, expect, test } from 'vitest';
import {
  capabilities,
  expectError,
  findings,
  makeWorld,
  type OpenStore,
  success,
  terraform,
  textEntry,
  uploadState,
} from './world.js';

const size = { name: 'size', value: 3, sensitive: false };

export function dryRunsConformance(open: OpenStore): void {
  describe('dry runs', () => {
    test('of a version are a job with their values, which are gone when it has ended', async () => {
      const { store, imported, user, daemon, running } = await makeWorld(open);
      const version = await imported({ tags: { scope: 'organization', owner: '' } });
      const member = await user('grace');
      const base = { versionId: version.id, initiatorId: member.id, transition: 'start' as const };
      const made = await store.dryRuns.create({ ...base, workspaceId: null, parameters: [size] });
      expect(made).toMatchObject({
        job: { type: 'template_dry_run', ownerId: member.id, engine: 'terraform', provider: 'built-in' },
        template: version.template,
        version: { id: version.id, name: version.name },
        workspace: null,
        transition: 'start',
        result: null,
      });
      expect(await store.jobs.attemptInput(made.job.id)).toMatchObject({
        build: null,
        dryRun: { transition: 'start', workspace: null, owner: null, number: 1, parameters: [size], state: null },
      });
      const ref = await running(await daemon(), false);
      const change = { address: 'a.b', action: 'create', reason: null, previousAddress: null };
      const result = {
        type: 'template_dry_run' as const,
        engine: terraform,
        plan: { add: 1, change: 0, remove: 0 },
        changes: [{ ...change, attributes: [], destroyedByStop: null }],
      };
      await store.jobs.saveResult(ref, result);
      await store.jobs.settle(ref, { ...success, result: true });
      expect((await store.dryRuns.byJob(made.job.id))?.result).toEqual(result);
      expect((await store.jobs.attemptInput(made.job.id))?.dryRun?.parameters).toEqual([]);
      expect(await store.dryRuns.byJob(version.job.id)).toBeNull();
    });

    test('of a workspace plan on its state, and wait for no build', async () => {
      const { store, imported, workspace, user, daemon, running, start } = await makeWorld(open);
      const version = await imported();
      const owner = await user('grace');
      const { id, name } = await workspace(version, { owner });
      const base = { versionId: version.id, initiatorId: owner.id, transition: 'start' as const, parameters: [] };
      await expectError(store.dryRuns.create({ ...base, workspaceId: id }), 'build_active');
      const runner = await daemon();
      const ref = await running(runner);
      const state = await uploadState(store, 'the state');
      await store.jobs.settle(ref, { ...success, state });
      const other = await imported();
      await expectError(store.dryRuns.create({ ...base, versionId: other.id, workspaceId: id }), 'not_found');

      const made = await store.dryRuns.create({ ...base, workspaceId: id });
      expect(made.workspace).toEqual({ id, name });
      expect(made.job).toMatchObject({ ownerId: owner.id, minimumEngineVersion: terraform.version });
      expect((await store.jobs.attemptInput(made.job.id))?.dryRun).toMatchObject({
        ...{ workspace: { id, name }, owner: { id: owner.id, username: 'grace' }, number: 2, state },
      });
      const hash = 'h'.repeat(64);
      const offered = await store.jobs.claim(capabilities(runner), 5_000);
      const attempt = { job: offered?.job.id ?? '', attempt: 1 };
      await store.jobs.accept(
        { ...attempt, daemonId: runner.id },
        { leaseMs: 1_000, tokenHash: hash, openGate: false },
      );
      expect(await store.jobs.attemptByToken(hash)).toMatchObject({ ...attempt, state, maySalvage: false });
      // It is no build: the workspace may be built meanwhile.
      await store.workspaces.createBuild(id, start(version));
    });
  });

  describe('old dry runs', () => {
    test('are deleted with all that there is of them, and nothing else is', async () => {
      const { store, imported, daemon, running, owner, advance, workspace } = await makeWorld(open);
      const version = await imported();
      const runner = await daemon();
      const build = (await workspace(version)).latestBuild.job;
      await store.jobs.settle(await running(runner), { ...success, state: await uploadState(store, 'state') });
      const run = { versionId: version.id, initiatorId: owner.id, transition: 'start' as const, parameters: [size] };
      const make = () => store.dryRuns.create({ ...run, workspaceId: null });
      const old = await make();
      const ref = await running(runner, false);
      await store.logs.append(ref, [textEntry(1, 'planned')]);
      const result = { type: 'template_dry_run' as const, engine: terraform };
      await store.jobs.saveResult(ref, { ...result, plan: { add: 0, change: 0, remove: 0 }, changes: [] });
      await store.jobs.settle(ref, { ...success, result: true });
      const waiting = await make();
      const week = 7 * 24 * 3_600_000;
      advance(week);
      const sweep = async () => {
        const steps = [];
        do steps.push(await store.maintenance.sweep());
        while (steps.at(-1)?.more === true);
        return steps.reduce((sum, { dryRuns }) => sum + dryRuns, 0);
      };
      expect(await sweep()).toBe(0);
      advance(1);
      expect(await sweep()).toBe(1);
      expect(await store.dryRuns.byJob(old.job.id)).toBeNull();
      expect(await store.jobs.byId(old.job.id)).toBeNull();
      expect(await store.jobs.byId(build.id)).not.toBeNull();
      expect((await store.dryRuns.byJob(waiting.job.id))?.job.finishedAt).toBeNull();
      expect((await store.maintenance.verify()).problems).toEqual([]);
    });
  });

  describe('drafts', () => {
    test('are imported for dry runs, and are in no list, never active and never built', async () => {
      const { store, imported, push, workspace, daemon, running, organization, owner } = await makeWorld(open);
      const version = await imported({ template: 'docker' });
      const runner = await daemon();
      const import_ = async (template: string) => {
        const { version: draft, created } = await push({ template, draft: true, activate: true });
        expect(created).toBe(false);
        const ref = await running(runner, false);
        await store.jobs.saveResult(ref, findings({ readme: 'draft' }));
        await store.jobs.settle(ref, { ...success, result: true });
        return draft;
      };
      const draft = await import_('docker');
      expect((await store.templates.version(draft.id))?.imported?.readme).toBe('draft');
      expect((await store.templates.byName(organization.id, 'docker'))?.activeVersion?.id).toBe(version.id);
      const { items } = await store.templates.versions(version.template.id, {}, { limit: 10 });
      expect(items.map(one => one.id)).toEqual([version.id]);
      await expectError(store.templates.edit(version.template.id, { activeVersion: draft.id }), 'version_not_ready');
      await expectError(workspace(version, { build: { versionId: draft.id } }), 'not_found');
      const run = { versionId: draft.id, initiatorId: owner.id, transition: 'start' as const, parameters: [] };
      const planned = await store.dryRuns.create({ ...run, workspaceId: null });
      expect(planned.version.id).toBe(draft.id);
      await store.jobs.requestCancel(planned.job.id);
      // They take no number of a version.
      await import_('docker');
      expect((await push({ template: 'docker' })).version.name).toBe('v2');

      await import_('new');
      expect(await store.templates.byName(organization.id, 'new')).toBeNull();
      expect((await push({ template: 'new' })).created).toBe(true);
    });
  });
}

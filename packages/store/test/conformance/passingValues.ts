import { describe, expect, test } from 'vitest';
import { failure, makeWorld, type OpenStore, success } from './world.js';

const pin = { name: 'pin', value: 'hunter2', sensitive: true };
const size = { name: 'size', value: 3, sensitive: false };

export function passingValuesConformance(open: OpenStore): void {
  describe('values for one build alone', () => {
    test('reach every attempt of it, and are in no record', async () => {
      const { store, imported, workspace, daemon, running } = await makeWorld(open);
      const made = await workspace(await imported(), { build: { parameters: [size], passing: [pin] } });
      const { job } = made.latestBuild;
      expect(made.latestBuild.parameters).toEqual([size]);
      const runner = await daemon();
      expect((await store.jobs.attemptInput(job.id))?.build?.parameters).toEqual([size, pin]);
      await store.jobs.handBack(await running(runner, false), 'stopping');
      await running(runner);
      expect((await store.jobs.attemptInput(job.id))?.build?.parameters).toEqual([size, pin]);
      expect((await store.workspaces.build(made.id, 1))?.parameters).toEqual([size]);
    });

    test('are gone when its job has ended, however it did, and the next build has none', async () => {
      const { store, imported, workspace, daemon, running, start } = await makeWorld(open);
      const version = await imported();
      const made = await workspace(version, { build: { passing: [pin] } });
      const runner = await daemon();
      const gone = async () => {
        const latest = (await store.workspaces.byId(made.id))?.latestBuild.job.id ?? '';
        expect((await store.jobs.attemptInput(latest))?.build?.parameters).toEqual([]);
      };
      const next = () => store.workspaces.createBuild(made.id, { ...start(version), passing: [pin] });
      await store.jobs.settle(await running(runner), success);
      await gone();
      await next();
      await store.jobs.settle(await running(runner), failure('engine_failed'));
      await gone();
      await store.jobs.requestCancel((await next()).job.id);
      await gone();
      const { job } = await next();
      const ref = await running(runner);
      await store.jobs.requestCancel(job.id);
      await store.jobs.settle(ref, failure('canceled'));
      await gone();
      await store.jobs.expire((await next()).job.id, 'nobody took it');
      await gone();
      await store.workspaces.createBuild(made.id, start(version));
      await gone();
    });

    test('samples of an import go with its job, too', async () => {
      const { store, push, daemon, running } = await makeWorld(open);
      const { version } = await push({ samples: { pin: 'hunter2' } });
      expect((await store.jobs.attemptInput(version.job.id))?.samples).toEqual({ pin: 'hunter2' });
      await store.jobs.settle(await running(await daemon(), false), failure('engine_failed'));
      expect((await store.jobs.attemptInput(version.job.id))?.samples).toEqual({});
    });
  });
}

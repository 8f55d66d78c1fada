import { followJob } from '@berth/client';
import { routes } from '@berth/protocol';
import { declaredVariable } from '@berth/testkit';
import { expect, test } from 'vitest';
import { testCoordinator } from './support/coordinator.js';
import { create, push, runImport, sha256, uploadState } from './support/work.js';

test('from the first user to a running workspace, over real connections', async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const daemon = await setup.daemon({ tags: { environment: 'test' } });

  const pushed = await push(setup, owner, { tags: { environment: 'test' }, variables: { zone: 'a' } });
  expect(pushed).toMatchObject({ created: true, keptTags: false, version: { name: 'v1', active: false } });
  const importing = await runImport(daemon, [
    declaredVariable('size'),
    declaredVariable('zone'),
    declaredVariable('berth'),
  ]);
  expect(importing.spec).toMatchObject({
    type: 'template_import',
    archive: { digest: sha256('archive of scratch') },
    variables: [{ name: 'zone', value: 'a', sensitive: false }],
  });
  const version = await owner.call(routes.getVersion, { params: { version: pushed.version.id } });
  expect(version).toMatchObject({ active: true, engine: 'terraform', pinned: ['zone'], job: { status: 'succeeded' } });

  const workspace = await create(setup, owner, version, 'dev', { size: 'big' });
  const job = workspace.latestBuild.job.id;
  const events = (async () => {
    const seen: string[] = [];
    for await (const event of followJob(owner, job)) {
      seen.push(event.type === 'job' ? event.job.status : `log ${event.entry.seq}`);
    }
    return seen;
  })();

  const building = await daemon.take(true);
  expect(building.gateOpen).toBe(true);
  expect(building.spec).toMatchObject({
    type: 'workspace_build',
    transition: 'start',
    state: null,
    variables: [
      { name: 'zone', value: 'a' },
      { name: 'size', value: 'big' },
    ],
    berth: {
      transition: 'start',
      start_count: 1,
      workspace: { name: 'dev' },
      owner: { username: 'owner', email: 'owner@example.com' },
      template: { name: 'scratch', version: 'v1' },
      build: { number: 1 },
      access_url: setup.url,
      provider: { name: 'built-in', namespace: null, affinity: null },
    },
  });
  const entries = [1, 2].map(n => ({ n, at: 1, phase: 'apply' as const, kind: 'phase' as const }));
  await building.http.call(routes.appendAttemptLog, { body: { entries } });
  const state = await uploadState(building, '{"a":1}');
  await building.http.call(routes.uploadAttemptResult, {
    body: {
      type: 'workspace_build',
      engine: { name: 'terraform', version: '1.11.4' },
      resources: [],
      outputs: [{ name: 'token', type: 'string', value: 'secret', sensitive: true }],
    },
  });
  await daemon.settle(building.ref, { state, result: true });

  expect(await events).toEqual(expect.arrayContaining(['log 1', 'log 2', 'succeeded']));
  expect((await events).at(-1)).toBe('succeeded');
  const after = await owner.call(routes.getWorkspace, { params: { workspace: workspace.id } });
  expect(after).toMatchObject({ status: 'running', outdated: false, latestBuild: { stateSerial: 1 } });
  const params = { workspace: workspace.id, number: 1 };
  const { outputs } = await owner.call(routes.buildResources, { params });
  expect(outputs).toEqual([{ name: 'token', type: 'string', value: null, sensitive: true }]);
});

import { type AttemptResult, type PlannedChange, routes } from '@berth/protocol';
import { declaredVariable, testGuard } from '@berth/testkit';
import { expect, test } from 'vitest';
import { testCoordinator } from './support/coordinator.js';
import type { TestDaemon } from './support/daemon.js';
import { build, create, runBuild, template } from './support/work.js';

/** Lets a daemon take the next offer as a dry run that finds these changes. */
async function runPlan(daemon: TestDaemon, changes: PlannedChange[]): Promise<AttemptResult> {
  const attempt = await daemon.take();
  const body: AttemptResult = {
    type: 'template_dry_run',
    engine: { name: 'terraform', version: '1.11.4' },
    plan: { add: 0, change: 0, remove: 0 },
    changes,
  };
  await attempt.http.call(routes.uploadAttemptResult, { body });
  await daemon.settle(attempt.ref, { result: true });
  return body;
}

function change(address: string, action: string, destroyedByStop: boolean | null = null): PlannedChange {
  return { address, action, reason: null, previousAddress: null, attributes: [], destroyedByStop };
}

/** Lets a daemon take the next offer as a build that ends with these resources. */
async function runBuildOf(daemon: TestDaemon, addresses: string[]): Promise<void> {
  const attempt = await daemon.take(true);
  const resources = addresses.map(address => {
    return { address, module: null, mode: 'managed' as const, type: 't', name: 'n', tainted: false };
  });
  const engine = { name: 'terraform' as const, version: '1.11.4' };
  await attempt.http.call(routes.uploadAttemptResult, {
    body: { type: 'workspace_build', engine, resources, outputs: [] },
  });
  await daemon.settle(attempt.ref, { result: true });
}

const asked = [
  change('volume', 'replace', false),
  change('pod', 'replace', true),
  change('dropped_volume', 'delete', true),
  change('dropped_pod', 'delete', true),
  change('unknown', 'replace', null),
  change('note', 'update'),
];

const told =
  'what would be lost that a stop leaves is told by what the last stop left, and where that is not known, feared';
testGuard('coordinator.losses', told, async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  const made = await create(setup, owner, version);
  await runBuild(daemon);
  const survivors = async () => {
    const params = { workspace: made.id };
    const { job, changes } = await owner.call(routes.planWorkspace, { params, body: {} });
    expect(changes).toBeNull();
    await runPlan(daemon, asked);
    const ended = await owner.call(routes.getDryRun, { params: { job: job.id } });
    expect(ended).toMatchObject({ workspace: { name: 'dev' }, transition: 'start', plan: { add: 0 } });
    return Object.fromEntries((ended.changes ?? []).map(({ address, survivesStop }) => [address, survivesStop]));
  };
  // It never stopped.
  const feared = { dropped_volume: true, dropped_pod: true, unknown: true };
  expect(await survivors()).toEqual({ volume: true, pod: false, ...feared, note: null });
  await build(owner, made, 'stop');
  await runBuildOf(daemon, ['volume', 'dropped_volume']);
  // Stopped: all that there is has survived that.
  expect(await survivors()).toEqual({ volume: true, pod: true, ...feared, note: null });
  await build(owner, made, 'start');
  await runBuildOf(daemon, ['volume', 'pod', 'dropped_volume', 'dropped_pod']);
  const known = { dropped_volume: true, dropped_pod: false, unknown: false };
  expect(await survivors()).toEqual({ volume: true, pod: false, ...known, note: null });
});

test('a dry run is given the parameters of the workspace and the changes to them', async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const daemon = await setup.daemon();
  const version = await template(setup, daemon, [
    declaredVariable('zone'),
    declaredVariable('pin', { ephemeral: true }),
  ]);
  const planNew = (parameters: Record<string, string>) =>
    owner.call(routes.planVersion, { params: { version: version.id }, body: { parameters } });
  await expect(planNew({ zone: 'a' })).rejects.toMatchObject({ code: 'missing_parameter' });
  await planNew({ zone: 'a', pin: '1234' });
  const first = await daemon.take();
  expect(first.spec).toMatchObject({
    type: 'template_dry_run',
    state: null,
    variables: [
      { name: 'zone', value: 'a', sensitive: false },
      { name: 'pin', value: '1234', sensitive: true },
    ],
    berth: { workspace: { name: 'import' }, build: { number: 1 }, start_count: 1 },
  });
  await daemon.settle(first.ref, {});

  const made = await create(setup, owner, version, 'dev', { zone: 'a', pin: '1234' });
  await runBuild(daemon);
  const params = { workspace: made.id };
  const body = { transition: 'stop' as const, parameters: { pin: '4321' } };
  await owner.call(routes.planWorkspace, { params, body });
  const { spec, ref } = await daemon.take();
  expect(spec).toMatchObject({
    transition: 'stop',
    state: { serial: 1 },
    variables: [
      { name: 'zone', value: 'a' },
      { name: 'pin', value: '4321' },
    ],
    berth: { workspace: { name: 'dev' }, build: { number: 2 }, start_count: 0 },
  });
  await daemon.settle(ref, {});
  // Nothing of the workspace is as it was not before.
  expect((await owner.call(routes.getWorkspace, { params })).latestBuild.number).toBe(1);
});

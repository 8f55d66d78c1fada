import { limits, routes } from '@berth/protocol';
import { openStore } from '@berth/store';
import { declaredVariable, tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { nextParameters } from '../src/builds/buildParameters.js';
import { refusal, testCoordinator } from './support/coordinator.js';
import { build, create, push, runBuild, runImport, sha256, template, uploadState } from './support/work.js';

const declared = [
  declaredVariable('size', { type: 'number', hasDefault: true, default: 1 }),
  declaredVariable('zone'),
  declaredVariable('token', { hasDefault: true, sensitive: true }),
  declaredVariable('berth', { type: 'dynamic' }),
];

test('start, stop, start and delete; each build goes on from the state of the one before', async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  const made = await create(setup, owner, version);
  expect(made).toMatchObject({ status: 'pending', latestBuild: { number: 1, transition: 'start' } });
  const params = { workspace: made.id };
  const status = async () => (await owner.call(routes.getWorkspace, { params })).status;

  const first = await daemon.take();
  expect(await status()).toBe('starting');
  const state = await uploadState(first, '{"first":1}');
  daemon.send({ type: 'open_gate', ...first.ref });
  expect(await daemon.next('gate')).toMatchObject({ open: true });
  await daemon.settle(first.ref, { state });
  expect(await status()).toBe('running');

  await build(owner, made, 'stop');
  const stopping = await runBuild(daemon, '{"second":2}');
  expect(stopping.spec).toMatchObject({ transition: 'stop', state, berth: { start_count: 0, build: { number: 2 } } });
  expect(await status()).toBe('stopped');

  await build(owner, made, 'start');
  await runBuild(daemon, null, { error: { code: 'engine_failed', message: 'no', hint: null, fields: null } });
  expect(await status()).toBe('failed');

  await build(owner, made, 'delete');
  const deleting = await runBuild(daemon, '{}');
  expect(deleting.spec).toMatchObject({ transition: 'delete', state: { digest: sha256('{"second":2}') } });
  expect(await owner.call(routes.getWorkspace, { params })).toMatchObject({
    status: 'deleted',
    deletedAt: expect.any(Number),
  });
  expect((await refusal(build(owner, made, 'start'))).code).toBe('workspace_deleted');
  expect((await create(setup, owner, version)).name).toBe('dev');
});

test('parameters are checked, every problem at once, and sensitive values are never shown', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const version = await template(setup, daemon, declared);
  const make = (parameters: Record<string, string | number | null>) =>
    create(setup, setup.owner, version, 'dev', parameters);
  expect(await refusal(make({}))).toMatchObject({
    code: 'missing_parameter',
    fields: { 'parameters.zone': expect.any(String) },
  });
  const wrong = await refusal(make({ zone: 'a', size: 'canary', token: null }));
  expect(wrong).toMatchObject({ code: 'invalid_parameter', fields: { 'parameters.size': expect.any(String) } });
  expect(wrong.message).not.toContain('canary');
  expect((await refusal(make({ zone: 'a', color: 'red' }))).code).toBe('unknown_parameter');
  expect((await refusal(make({ zone: 'a', berth: 1 }))).code).toBe('unknown_parameter');
  expect((await refusal(make({ zone: 'x'.repeat(limits.variablesBytes) }))).code).toBe('limit_exceeded');

  const made = await make({ zone: 'a', token: 'canary' });
  expect(made.latestBuild.parameters).toEqual([
    { name: 'size', value: null, sensitive: false, isDefault: true, ephemeral: false },
    { name: 'zone', value: 'a', sensitive: false, isDefault: false, ephemeral: false },
    { name: 'token', value: null, sensitive: true, isDefault: false, ephemeral: false },
  ]);
  expect(JSON.stringify(made)).not.toContain('canary');
  const { spec } = await daemon.take(true);
  // The one left at its default is not written at all.
  expect(spec.variables).toEqual([
    { name: 'zone', value: 'a', sensitive: false },
    { name: 'token', value: 'canary', sensitive: true },
  ]);
});

test('a parameter may have a name that every object has', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const kept = declaredVariable('toString', { hasDefault: true, default: 'x' });
  const version = await template(setup, daemon, [declaredVariable('constructor'), kept]);
  expect(await refusal(create(setup, setup.owner, version))).toMatchObject({
    code: 'missing_parameter',
    fields: { 'parameters.constructor': expect.any(String) },
  });
  const made = await create(setup, setup.owner, version, 'dev', { constructor: 'a' });
  expect(made.latestBuild.parameters).toMatchObject([{ name: 'constructor', value: 'a' }, { isDefault: true }]);
  const { spec } = await daemon.take(true);
  expect(spec.variables).toEqual([{ name: 'constructor', value: 'a', sensitive: false }]);
});

test("a validation block's own message is the answer", async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const validations = [{ condition: 'contains(["a", "b"], var.zone)', message: 'Zones are a and b.' }];
  const version = await template(setup, daemon, [declaredVariable('zone', { validations })]);
  const refused = await refusal(create(setup, setup.owner, version, 'dev', { zone: 'c' }));
  expect(refused).toMatchObject({ code: 'invalid_parameter', fields: { 'parameters.zone': 'Zones are a and b.' } });
});

test('parameters stay from build to build, are changed, and go back to their default', async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const daemon = await setup.daemon();
  const version = await template(setup, daemon, declared);
  const made = await create(setup, owner, version, 'dev', { zone: 'a', size: 5, token: 't' });
  await runBuild(daemon);
  const valuesAfter = async (more: object) => {
    await build(owner, made, 'start', more);
    const { spec } = await runBuild(daemon);
    return Object.fromEntries(spec.variables.map(({ name, value }) => [name, value]));
  };
  expect(await valuesAfter({})).toEqual({ zone: 'a', size: 5, token: 't' });
  expect(await valuesAfter({ parameters: { zone: 'b' } })).toEqual({ zone: 'b', size: 5, token: 't' });
  expect(await valuesAfter({ reset: ['size', 'token'] })).toEqual({ zone: 'b' });
  expect((await refusal(build(owner, made, 'start', { reset: ['zone'] }))).code).toBe('missing_parameter');
  expect((await refusal(build(owner, made, 'start', { reset: ['color'] }))).code).toBe('unknown_parameter');
});

test('an update keeps what the new version still has, asks for what is new, and leaves stops alone', async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const daemon = await setup.daemon();
  const version = await template(setup, daemon, [declaredVariable('zone'), declaredVariable('old')]);
  const made = await create(setup, owner, version, 'dev', { zone: 'a', old: 'o' });
  await runBuild(daemon);
  const next = await template(setup, daemon, [declaredVariable('zone'), declaredVariable('size')]);
  const params = { workspace: made.id };
  expect(await owner.call(routes.getWorkspace, { params })).toMatchObject({ outdated: true });

  const missing = await refusal(build(owner, made, 'start', { version: next.id }));
  expect(missing).toMatchObject({ code: 'missing_parameter', fields: { 'parameters.size': expect.any(String) } });
  await build(owner, made, 'stop');
  expect((await runBuild(daemon)).spec.template.version).toBe('v1');
  await build(owner, made, 'start', { version: next.id, parameters: { size: 's' } });
  const { spec } = await runBuild(daemon);
  expect(spec.template.version).toBe('v2');
  expect(spec.variables.map(({ name }) => name).sort()).toEqual(['size', 'zone']);
  expect(await owner.call(routes.getWorkspace, { params })).toMatchObject({ outdated: false });
});

test('one build at a time, and the refusal says which', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  const made = await create(setup, setup.owner, version);
  const attempt = await daemon.take(true);
  const refused = await refusal(build(setup.owner, made, 'stop'));
  expect(refused.code).toBe('build_active');
  expect(refused.message).toContain('build 1 (start)');
  await daemon.settle(attempt.ref);
  const both = await Promise.allSettled(['stop', 'stop'].map(() => build(setup.owner, made, 'stop')));
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a version that has not imported, or of another template, is not built', async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const daemon = await setup.daemon();
  const nobody = { tags: { nobody: 'has' } };
  const { version: pending } = await push(setup, owner, { template: 'pending', ...nobody });
  expect((await refusal(create(setup, owner, pending))).code).toBe('no_active_version');
  const params = { organization: setup.organization };
  const ask = (template: string, version: string) =>
    owner.call(routes.createWorkspace, { params, body: { name: 'dev', template, version } });
  const notReady = await refusal(ask(pending.template.id, pending.id));
  expect(notReady).toMatchObject({ code: 'version_not_ready' });
  expect(notReady.message).toContain('pending');
  const other = await template(setup, daemon);
  expect((await refusal(ask(pending.template.id, other.id))).code).toBe('version_not_ready');
  const gone = '11111111-2222-4333-8444-555555555555';
  expect((await refusal(ask(gone, other.id))).code).toBe('not_found');
  const made = await create(setup, owner, other);
  await runBuild(daemon);
  expect((await refusal(build(owner, made, 'start', { version: pending.id }))).code).toBe('version_not_ready');
});

test('a template makes workspaces in its own organization', async () => {
  const dataDir = tempDir();
  const store = await openStore({ dataDir });
  await store.organizations.create({ name: 'second' });
  await store.close();
  const setup = await testCoordinator({ dataDir });
  const version = await template(setup, await setup.daemon());
  const elsewhere = create({ ...setup, organization: 'second' }, setup.owner, version);
  expect(await refusal(elsewhere)).toMatchObject({ code: 'not_found', message: 'there is no such template' });
});

test('parameters that stay as they were are not judged again: nothing keeps a workspace from being stopped', async () => {
  const open = [declaredVariable('zone', { type: 'number' })];
  const version = {
    ...{ id: 'v1', name: 'v1', templateId: 't', engine: null, archive: '', open, declared: open, pinned: {} },
  };
  // As an earlier Berth might have let through.
  const latest = { version: { id: 'v1', name: 'v1' }, parameters: [{ name: 'zone', value: 'a', sensitive: false }] };
  expect(await nextParameters(version, latest, { parameters: {}, reset: [] })).toEqual({
    parameters: latest.parameters,
    passing: [],
  });
  const again = nextParameters(version, latest, { parameters: { zone: 'a' }, reset: [] });
  expect((await refusal(again)).code).toBe('invalid_parameter');
});

test('a state is not moved to another engine', async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const daemon = await setup.daemon();
  const tofuDaemon = await setup.daemon({ name: 'tofu', engine: { name: 'tofu', version: '1.12.0' } });
  const version = await template(setup, daemon);
  const made = await create(setup, owner, version);
  await runBuild(daemon);
  const stateless = await create(setup, owner, version, 'stateless');
  await runBuild(daemon, null, { error: { code: 'engine_failed', message: 'no', hint: null, fields: null } });
  const { version: next } = await push(setup, owner, { engine: 'tofu' });
  await runImport(tofuDaemon, [], { engine: { name: 'tofu', version: '1.12.0' } });

  const refused = await refusal(build(owner, made, 'start', { version: next.id }));
  expect(refused.code).toBe('engine_conflict');
  expect(refused.hint).toContain('--engine terraform');
  await build(owner, stateless, 'start', { version: next.id });
  expect((await tofuDaemon.take()).spec.engine).toBe('tofu');
});

test('orphaning forgets a workspace without running anything', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  const made = await create(setup, setup.owner, version);
  await runBuild(daemon);
  expect((await refusal(build(setup.owner, made, 'stop', { orphan: true }))).code).toBe('invalid_request');
  expect(await build(setup.owner, made, 'delete', { orphan: true })).toMatchObject({
    orphan: true,
    job: { status: 'succeeded' },
  });
  const params = { workspace: made.id };
  expect((await setup.owner.call(routes.getWorkspace, { params })).status).toBe('deleted');
  await daemon.heartbeat();
  expect(daemon.count('offer')).toBe(2);
});

test('sensitive outputs are shown when they are asked for, and the state is given to whom it belongs', async () => {
  const setup = await testCoordinator();
  const { client } = await setup.user('grace');
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  const made = await create(setup, client, version);
  const attempt = await daemon.take(true);
  const outputs = [
    { name: 'address', type: 'string' as const, value: 'here', sensitive: false },
    { name: 'token', type: 'string' as const, value: 'canary', sensitive: true },
  ];
  const resources = [{ address: 'a.b', module: null, mode: 'managed' as const, type: 'a', name: 'b', tainted: false }];
  const engine = { name: 'terraform' as const, version: '1.11.4' };
  await attempt.http.call(routes.uploadAttemptResult, {
    body: { type: 'workspace_build', engine, resources, outputs },
  });
  const state = await uploadState(attempt, '{"canary":true}');
  await daemon.settle(attempt.ref, { state, result: true });
  const params = { workspace: made.id, number: 1 };
  const shown = await client.call(routes.buildResources, { params });
  expect(shown.resources).toEqual(resources);
  expect(shown.outputs.map(({ value }) => value)).toEqual(['here', null]);
  const revealed = await client.call(routes.buildResources, { params, query: { reveal: 'true' } });
  expect(revealed.outputs.map(({ value }) => value)).toEqual(['here', 'canary']);
  expect(await (await client.send(routes.buildState, { params })).text()).toBe('{"canary":true}');
});

test('members list their own workspaces, template-admins those of the organization', async () => {
  const setup = await testCoordinator();
  const [grace, alan, admin] = [
    await setup.user('grace'),
    await setup.user('alan'),
    await setup.user('admin', 'template-admin'),
  ];
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  await create(setup, grace.client, version, 'of-grace');
  await create(setup, alan.client, version, 'of-alan');
  const names = async (client: typeof setup.owner, query = {}) => {
    const { items } = await client.call(routes.listWorkspaces, { query });
    return items.map(({ name }) => name).sort();
  };
  expect(await names(grace.client)).toEqual(['of-grace']);
  expect(await names(grace.client, { owner: 'alan' })).toEqual([]);
  expect(await names(admin.client)).toEqual(['of-alan', 'of-grace']);
  expect(await names(setup.owner, { owner: 'alan' })).toEqual(['of-alan']);
  expect(await names(setup.owner, { owner: 'me' })).toEqual([]);
  expect(await names(alan.client, { owner: 'me', template: version.template.id })).toEqual(['of-alan']);
});

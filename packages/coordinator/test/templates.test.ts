import { createHash } from 'node:crypto';
import { download, uploadFile } from '@berth/client';
import { limits, routes } from '@berth/protocol';
import { declaredVariable } from '@berth/testkit';
import { expect, test } from 'vitest';
import { refusal, restarted, type TestCoordinator, testCoordinator } from './support/coordinator.js';
import { create, findings, push, runImport, sha256, template } from './support/work.js';

test('an archive goes up in pieces, is resumed, and is checked by its digest', async () => {
  const setup = await testCoordinator();
  const { owner } = setup;
  const content = 'the content of an archive';
  const params = { digest: sha256(content) };
  const put = (offset: number, bytes: string, size = content.length) =>
    owner.send(routes.uploadFile, { params, query: { offset, size }, bytes: new TextEncoder().encode(bytes) });

  await put(0, content.slice(0, 10));
  expect(await owner.call(routes.fileStatus, { params })).toEqual({ receivedBytes: 10, complete: false });
  expect((await refusal(put(5, content.slice(5)))).code).toBe('range_mismatch');
  await put(10, content.slice(10));
  expect(await owner.call(routes.fileStatus, { params })).toMatchObject({ complete: true });
  expect(await uploadFile(owner, { digest: params.digest, content: new Blob([content]) })).toBe(0);
});

test('an upload that is not what it says, or too large, is refused', async () => {
  // A connection that were stuck with the rest of an upload would hold up the end of this test.
  const setup = await testCoordinator({ timings: { drainMs: 60_000 } });
  const { owner } = setup;
  const put = (digest: string, size: number, text: string) =>
    owner.send(routes.uploadFile, { params: { digest }, query: { size }, bytes: new TextEncoder().encode(text) });
  expect((await refusal(put(sha256('right'), 5, 'wrong'))).code).toBe('digest_mismatch');
  expect((await refusal(put(sha256('a'), limits.archivePackedBytes + 1, 'a'))).code).toBe('limit_exceeded');
  // More than it said: the answer still reaches whoever is in the middle of sending.
  const more = 'x'.repeat(4 * 1024 * 1024);
  expect((await refusal(put(sha256(more), 10, more))).code).toBe('limit_exceeded');
  const body = { archive: sha256('nothing') };
  const params = { organization: setup.organization, template: 'scratch' };
  expect((await refusal(owner.call(routes.pushVersion, { params, body }))).code).toBe('not_found');
});

test('a large archive comes back as it went, by ranges, too', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const archive = 'berth'.repeat(1_000_000);
  const { version } = await push(setup, setup.owner, { archive });
  await runImport(daemon);
  const params = { version: version.id };
  const { sizeBytes, bytes } = await download(setup.owner, routes.downloadVersion, { params });
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  expect([sizeBytes, hash.digest('hex')]).toEqual([archive.length, sha256(archive)]);

  const ranges: [header: string, status: number, body: string | null, contentRange: string | null][] = [
    ['bytes=0-4', 206, 'berth', `bytes 0-4/${archive.length}`],
    ['bytes=4999998-', 206, 'th', `bytes 4999998-4999999/${archive.length}`],
    ['bytes=-3', 206, 'rth', `bytes 4999997-4999999/${archive.length}`],
    ['bytes=4999999-9999999', 206, 'h', `bytes 4999999-4999999/${archive.length}`],
    ['bytes=5000000-', 416, null, `bytes */${archive.length}`],
    ['bytes=-0', 416, null, `bytes */${archive.length}`],
    ['bytes=5-2', 200, null, null],
    ['bytes=0-1,3-4', 200, null, null],
    ['lines=1-2', 200, null, null],
  ];
  for (const [header, status, body, contentRange] of ranges) {
    const answer = await ask(setup, version.id, { range: header });
    expect([header, answer.status, answer.headers.get('content-range')]).toEqual([header, status, contentRange]);
    if (body !== null) expect([header, answer.text]).toEqual([header, body]);
  }
  const etag = `"${sha256(archive)}"`;
  expect((await ask(setup, version.id, { 'if-none-match': etag })).status).toBe(304);
  expect((await ask(setup, version.id, { range: 'bytes=0-4', 'if-range': etag })).status).toBe(206);
  expect((await ask(setup, version.id, { range: 'bytes=0-4', 'if-range': '"another"' })).status).toBe(200);
});

test('a later push keeps the tags of the active version, or clears them', async () => {
  const setup = await testCoordinator();
  const tagged = await setup.daemon({ name: 'tagged', tags: { zone: 'a' } });
  const plain = await setup.daemon({ name: 'plain' });
  await push(setup, setup.owner, { tags: { zone: 'a' } });
  await runImport(tagged);
  const kept = await push(setup, setup.owner);
  expect(kept).toMatchObject({ created: false, keptTags: true, version: { name: 'v2', tags: { zone: 'a' } } });
  await runImport(tagged);
  const cleared = await push(setup, setup.owner, { tags: {} });
  expect(cleared).toMatchObject({ keptTags: false, version: { tags: { scope: 'organization', owner: '' } } });
  expect(cleared.version.tags).not.toHaveProperty('zone');
  await runImport(plain);
  expect(await push(setup, setup.owner)).toMatchObject({ keptTags: false });
});

test('tags that are not valid or not to be given are refused, naming the tag', async () => {
  const setup = await testCoordinator();
  const refused = async (tags: Record<string, string>) => await refusal(push(setup, setup.owner, { tags }));
  expect(await refused({ 'no spaces': 'a' })).toMatchObject({ code: 'invalid_tag' });
  expect((await refused({ 'no spaces': 'a' })).message).toContain("'no spaces'");
  expect(await refused({ owner: 'somebody' })).toMatchObject({ code: 'reserved_tag' });
  expect(await refused({ scope: 'planet' })).toMatchObject({ code: 'reserved_tag' });
  const me = await setup.owner.call(routes.me);
  const { version } = await push(setup, setup.owner, { tags: { scope: 'user' } });
  expect(version.tags).toEqual({ scope: 'user', owner: me.id });
});

test('an import takes the engine of the push, else of the active version', async () => {
  const setup = await testCoordinator();
  const terraform = await setup.daemon();
  const tofu = await setup.daemon({ name: 'tofu', engine: { name: 'tofu', version: '1.12.0' } });
  const first = await push(setup, setup.owner, { engine: 'tofu' });
  expect(first.version.engine).toBe('tofu');
  await runImport(tofu, [], { engine: { name: 'tofu', version: '1.12.0' } });
  const second = await push(setup, setup.owner);
  expect(second.version.engine).toBe('tofu');
  await runImport(tofu, [], { engine: { name: 'tofu', version: '1.12.0' } });
  await terraform.heartbeat();
  expect(terraform.count('offer')).toBe(0);
});

test('values that a push pins are judged by what the import declares; their text is never shown', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const wrong = await push(setup, setup.owner, { variables: { count: 'canary-value', zone: 'a' } });
  await runImport(daemon, [declaredVariable('count', { type: 'number' }), declaredVariable('zone')]);
  const failed = await setup.owner.call(routes.getVersion, { params: { version: wrong.version.id } });
  expect(failed).toMatchObject({
    active: false,
    variables: null,
    job: { status: 'failed', error: { code: 'invalid_parameter', fields: { 'variables.count': expect.any(String) } } },
  });
  const unknown = await push(setup, setup.owner, { variables: { zoen: 'canary-value' } });
  await runImport(daemon, [declaredVariable('zone')]);
  const typo = await setup.owner.call(routes.getVersion, { params: { version: unknown.version.id } });
  expect(typo.job.error).toMatchObject({ code: 'unknown_parameter', fields: { 'variables.zoen': 'unknown' } });
  expect(JSON.stringify([failed, typo])).not.toContain('canary-value');

  const berth = push(setup, setup.owner, { variables: { berth: {} } });
  expect((await refusal(berth)).fields).toHaveProperty(['variables.berth']);
  const large = push(setup, setup.owner, { variables: { zone: 'x'.repeat(limits.variablesBytes) } });
  expect((await refusal(large)).code).toBe('limit_exceeded');
});

test('a restart between findings and end: pinned values are judged when a workspace is made, at the latest', async () => {
  const setup = await testCoordinator();
  const instance = '11111111-2222-4333-8444-555555555555';
  const daemon = await setup.daemon({ instance });
  const pushed = await push(setup, setup.owner, { variables: { count: 'no number' } });
  const { http, ref } = await daemon.take();
  await http.call(routes.uploadAttemptResult, { body: findings([declaredVariable('count', { type: 'number' })]) });
  await setup.coordinator.stop();
  const next = await restarted(setup);
  const back = await next.daemon({ instance, attempts: [ref] });
  await back.settle(ref, { result: true });
  expect(await refusal(create(next, next.owner, pushed.version))).toMatchObject({
    code: 'invalid_parameter',
    fields: { 'variables.count': expect.any(String) },
  });
});

test('a failed import leaves the active version; activation is asked for or later', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const first = await template(setup, daemon);
  const broken = await push(setup, setup.owner);
  const attempt = await daemon.take();
  const error = { code: 'invalid_configuration' as const, message: 'main.tf:1: no', hint: null, fields: null };
  await daemon.settle(attempt.ref, { error });
  const params = { template: first.template.id };
  const edit = (body: object) => setup.owner.call(routes.editTemplate, { params, body });
  expect((await refusal(edit({ activeVersion: broken.version.id }))).code).toBe('version_not_ready');
  const third = await push(setup, setup.owner, { activate: false });
  await runImport(daemon);
  expect((await setup.owner.call(routes.getTemplate, { params })).activeVersion?.id).toBe(first.id);
  expect((await edit({ activeVersion: third.version.id, name: 'renamed' })).activeVersion?.name).toBe('v3');
  const { items } = await setup.owner.call(routes.listVersions, { params });
  expect(items.map(({ name, job, active }) => [name, job.status, active])).toEqual([
    ['v3', 'succeeded', true],
    ['v2', 'failed', false],
    ['v1', 'succeeded', false],
  ]);
});

test('a deprecated template makes no new workspaces; one with workspaces is not deleted', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  const params = { template: version.template.id };
  await setup.owner.call(routes.editTemplate, { params, body: { deprecated: 'use the other' } });
  const refused = await refusal(create(setup, setup.owner, version, 'second'));
  expect(refused.code).toBe('conflict');
  expect(refused.message).toContain('use the other');
  expect((await refusal(setup.owner.call(routes.deleteTemplate, { params }))).code).toBe('template_in_use');
  const { items } = await setup.owner.call(routes.listTemplates, { params: { organization: setup.organization } });
  expect(items).toMatchObject([{ name: 'scratch', workspaces: 1, deprecated: 'use the other' }]);
});

test('findings that are none are refused', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  await push(setup, setup.owner);
  const { http } = await daemon.take();
  const body = { type: 'workspace_build' as const, engine: { name: 'terraform' as const, version: '1.1.1' } };
  const build = http.call(routes.uploadAttemptResult, { body: { ...body, resources: [], outputs: [] } });
  expect((await refusal(build)).code).toBe('invalid_request');
  const broken = { ...findings(), variables: [{ name: 1 }] };
  expect((await refusal(http.send(routes.uploadAttemptResult, { body: broken }))).fields).toHaveProperty([
    'variables.0.name',
  ]);
});

async function ask({ url, ownerToken }: TestCoordinator, version: string, headers: Record<string, string>) {
  const response = await fetch(`${url}/api/v1/templateversions/${version}/archive`, {
    headers: { authorization: `Bearer ${ownerToken}`, ...headers },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

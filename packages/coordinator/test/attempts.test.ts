import { limits, routes } from '@berth/protocol';
import { expect, test } from 'vitest';
import { refusal, testCoordinator } from './support/coordinator.js';
import type { Attempt } from './support/daemon.js';
import { create, push, runBuild, runImport, sha256, template, uploadState } from './support/work.js';

const phase = (n: number) => ({ n, at: 1, phase: 'apply' as const, kind: 'phase' as const });

/** A build that a daemon has accepted, on a workspace that has a state. */
async function buildWithState() {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const version = await template(setup, daemon, [], { archive: 'the archive' });
  const made = await create(setup, setup.owner, version);
  await runBuild(daemon, '{"the":"state"}');
  const params = { workspace: made.id };
  await setup.owner.call(routes.createBuild, { params, body: { transition: 'stop' } });
  return { setup, daemon, params, attempt: await daemon.take(true) };
}

test('the archive and the state of the attempt, by ranges, too', async () => {
  const { attempt } = await buildWithState();
  const text = async (route: typeof routes.attemptArchive, headers = {}) =>
    (await attempt.http.send(route, { headers })).text();
  expect(await text(routes.attemptArchive)).toBe('the archive');
  expect(await text(routes.attemptArchive, { range: 'bytes=4-' })).toBe('archive');
  expect(await text(routes.attemptState)).toBe('{"the":"state"}');
  expect(await text(routes.attemptState, { range: 'bytes=0-4' })).toBe('{"the');
});

test('a state goes up in pieces and is resumed; a wrong digest is refused and can be sent again', async () => {
  const { setup, daemon, params, attempt } = await buildWithState();
  const content = '{"final":"state"}';
  const digest = sha256(content);
  const put = (offset: number, text: string, kind: 'snapshot' | 'final' = 'final', of = digest) =>
    attempt.http.send(routes.uploadAttemptState, {
      params: { digest: of },
      query: { offset, size: content.length, serial: 2, lineage: 'lineage', kind },
      bytes: new TextEncoder().encode(text),
    });
  await put(0, content.slice(0, 7));
  const status = () => attempt.http.call(routes.attemptStateStatus, { params: { digest } });
  expect(await status()).toEqual({ receivedBytes: 7, complete: false });
  expect((await refusal(put(3, content.slice(3)))).code).toBe('range_mismatch');
  const named = { digest, sizeBytes: content.length, serial: 2, lineage: 'lineage' };
  // What is not there whole is not the state of anything.
  daemon.send({ type: 'terminal', ...attempt.ref, outcome: { error: null, state: named, result: false } });
  expect(await daemon.next('problem')).toMatchObject({ about: attempt.ref, retry: false });
  await put(7, content.slice(7));
  expect(await status()).toMatchObject({ complete: true });
  const wrong = sha256('another');
  expect((await refusal(put(0, content, 'final', wrong))).code).toBe('digest_mismatch');
  await daemon.settle(attempt.ref, { state: named });
  const answer = await setup.owner.send(routes.buildState, { params: { ...params, number: 2 } });
  expect(await answer.text()).toBe(content);
});

test('a state that is too large is refused before it is read', async () => {
  const { attempt } = await buildWithState();
  const upload = attempt.http.send(routes.uploadAttemptState, {
    params: { digest: sha256('x') },
    query: { size: limits.stateBytes + 1, serial: 1, lineage: 'l', kind: 'final' },
    bytes: new TextEncoder().encode('x'),
  });
  expect((await refusal(upload)).code).toBe('limit_exceeded');
});

test('a build that fails without a state keeps its newest snapshot', async () => {
  const { setup, daemon, params, attempt } = await buildWithState();
  await uploadState(attempt, '{"snapshot":1}', 'snapshot', 2);
  await uploadState(attempt, '{"snapshot":2}', 'snapshot', 3);
  await daemon.settle(attempt.ref, { error: { code: 'engine_killed', message: 'killed', hint: null, fields: null } });
  const build = { params: { ...params, number: 2 } };
  expect(await setup.owner.call(routes.getBuild, build)).toMatchObject({ stateSerial: 3, job: { status: 'failed' } });
  expect(await (await setup.owner.send(routes.buildState, build)).text()).toBe('{"snapshot":2}');
});

test('log entries are stored once and in order, and a gap is refused', async () => {
  const { setup, attempt } = await buildWithState();
  const append = (...numbers: number[]) =>
    attempt.http.call(routes.appendAttemptLog, { body: { entries: numbers.map(phase) } });
  expect(await append(1, 2)).toEqual({ stored: 2 });
  expect(await append(1, 2)).toEqual({ stored: 2 });
  expect(await append(2, 3)).toEqual({ stored: 3 });
  expect((await refusal(append(5))).code).toBe('log_gap');
  const { items, complete } = await setup.owner.call(routes.jobLogs, { params: { job: attempt.ref.job } });
  expect(items.map(({ seq, attempt: number, entry }) => [seq, number, entry.n])).toEqual([
    [1, 1, 1],
    [2, 1, 2],
    [3, 1, 3],
  ]);
  expect(complete).toBe(false);
});

test('a log batch and a result that are too large are refused', async () => {
  const { attempt } = await buildWithState();
  const text = {
    at: 1,
    phase: 'apply' as const,
    kind: 'text' as const,
    source: 'engine' as const,
    level: 'info' as const,
  };
  const entries = Array.from({ length: 20 }, (_, i) => ({
    ...text,
    n: i + 1,
    text: 'x'.repeat(limits.logPieceBytes),
    address: null,
  }));
  expect((await refusal(attempt.http.call(routes.appendAttemptLog, { body: { entries } }))).code).toBe(
    'limit_exceeded',
  );
  expect(await append(attempt, entries.slice(0, 10))).toEqual({ stored: 10 });
  const outputs = Array.from({ length: 17 }, (_, i) => ({
    name: `o${i}`,
    type: 'string' as const,
    value: 'x'.repeat(1024 * 1024),
    sensitive: false,
  }));
  const engine = { name: 'terraform' as const, version: '1.11.4' };
  const result = (count: number) =>
    attempt.http.call(routes.uploadAttemptResult, {
      body: { type: 'workspace_build', engine, resources: [], outputs: outputs.slice(0, count) },
    });
  expect((await refusal(result(17))).code).toBe('limit_exceeded');
  await result(10);
});

test('the token of an attempt ends with it', async () => {
  const { setup, daemon, attempt } = await buildWithState();
  await daemon.settle(attempt.ref);
  await push(setup, setup.owner, { template: 'next' });
  const next = await runImport(daemon);
  for (const { http } of [attempt, next]) {
    expect((await refusal(http.send(routes.attemptArchive, {}))).code).toBe('fenced');
    expect((await refusal(http.call(routes.appendAttemptLog, { body: { entries: [phase(1)] } }))).code).toBe('fenced');
    expect((await refusal(uploadState({ ...attempt, http }, '{}'))).code).toBe('fenced');
  }
  expect((await refusal(next.http.send(routes.attemptState, {}))).code).toBe('fenced');
});

test('an accept that is sent again is answered with the same work and a new token, and the old one ends', async () => {
  const { daemon, attempt } = await buildWithState();
  const again = await daemon.accept(attempt.ref, true);
  expect({ ...again.spec, token: '' }).toEqual({ ...attempt.spec, token: '' });
  expect(again.gateOpen).toBe(true);
  expect((await refusal(attempt.http.send(routes.attemptArchive, {}))).code).toBe('unauthenticated');
  await again.http.send(routes.attemptArchive, {});
});

test('the phase that a daemon reports is the phase of the job', async () => {
  const { setup, daemon, attempt } = await buildWithState();
  daemon.send({ type: 'progress', ...attempt.ref, phase: 'apply' });
  await daemon.heartbeat([attempt.ref]);
  const job = await setup.owner.call(routes.getJob, { params: { job: attempt.ref.job } });
  expect(job).toMatchObject({ phase: 'apply', status: 'running', applyStartedAt: expect.any(Number) });
});

test('an import that has no state is asked for none', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  await push(setup, setup.owner);
  const attempt = await daemon.take();
  expect((await refusal(attempt.http.send(routes.attemptState, {}))).code).toBe('not_found');
  // A success without findings is no success.
  daemon.send({ type: 'terminal', ...attempt.ref, outcome: { error: null, state: null, result: false } });
  expect(await daemon.next('problem')).toMatchObject({ about: attempt.ref, retry: false });
  // Before the gate there is nothing to open for an import.
  daemon.send({ type: 'open_gate', ...attempt.ref });
  expect(await daemon.next('problem')).toMatchObject({ error: { code: 'illegal_transition' } });
});

test('a spec that no message could carry fails the job, and says why', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const lockFile = 'x'.repeat(limits.frameBytes);
  const version = await template(setup, daemon, [], {}, { lockFile });
  const { latestBuild } = await create(setup, setup.owner, version);
  const offer = await daemon.next('offer');
  daemon.send({ type: 'accept', job: offer.job, attempt: offer.attempt, openGate: false });
  expect(await daemon.next('fenced')).toMatchObject({ job: offer.job });
  const job = await setup.owner.call(routes.getJob, { params: { job: latestBuild.job.id } });
  expect(job).toMatchObject({ status: 'failed', error: { code: 'limit_exceeded' } });
});

test('a spec that is not as the protocol has it fails the job, and no daemon leaves over it', async () => {
  const setup = await testCoordinator({ placement: { pod_tolerations: [{ tolerationSeconds: 0.5 }] } });
  const daemon = await setup.daemon();
  const { version } = await push(setup, setup.owner);
  const offer = await daemon.next('offer');
  daemon.send({ type: 'accept', job: offer.job, attempt: offer.attempt, openGate: false });
  expect(await daemon.next('fenced')).toMatchObject({ job: offer.job });
  const job = await setup.owner.call(routes.getJob, { params: { job: version.job.id } });
  expect(job).toMatchObject({ status: 'failed', error: { code: 'internal' } });
});

async function append({ http }: Attempt, entries: unknown[]) {
  return (await http.send(routes.appendAttemptLog, { body: { entries } })).json();
}

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { sendError } from './double/attemptServer.js';
import { logText } from './double/logText.js';
import { buildSpec } from './double/specs.js';
import { beginJob, makeTemplate, sha256, startReal, stateRefOf } from './double/startReal.js';
import { largeOutput } from './double/waitingTemplate.js';

const template = (script: string) => ({
  'main.tf': `
resource "terraform_data" "first" { input = "kept" }
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = ${JSON.stringify(script)} }
}
`,
});

test('a failed apply keeps its state and says what failed, with file and line; the next build repairs it', async () => {
  const { run } = await startReal();
  const marker = join(tempDir(), 'ready');
  const files = await makeTemplate(template(`test -e ${marker}`));
  const failed = await run(buildSpec({ archive: files.archive }), files);
  expect(failed.outcome).toMatchObject({
    error: { code: 'engine_failed', message: 'local-exec provisioner error (main.tf line 5)' },
    result: true,
  });
  expect(failed.data.results[0]).toMatchObject({
    resources: [
      { address: 'terraform_data.first', tainted: false },
      { address: 'terraform_data.second', tainted: true },
    ],
  });
  expect(failed.data.log).toContainEqual(
    expect.objectContaining({ kind: 'diagnostic', severity: 'error', file: 'main.tf', line: 5 }),
  );

  const state = failed.state ?? Buffer.alloc(0);
  execFileSync('touch', [marker]);
  const repaired = await run(buildSpec({ archive: files.archive, state: stateRefOf(state) }), files, state);
  expect(repaired.outcome.error).toBeNull();
  expect(repaired.data.results[0]).toMatchObject({ resources: [{ tainted: false }, { tainted: false }] });
});

test('an apply that fails before it changes anything ends with the state that it began with', async () => {
  const { run } = await startReal();
  const files = await makeTemplate({ 'main.tf': 'resource "terraform_data" "a" { input = file("missing.txt") }\n' });
  const { outcome, data } = await run(buildSpec({ archive: files.archive }), files);
  expect(outcome).toMatchObject({
    error: { code: 'engine_failed', message: 'Invalid function argument (main.tf line 1)' },
    state: null,
    result: false,
  });
  expect(data.uploads.size).toBe(0);
});

test('an apply without changes hands in no state again, but its resources', async () => {
  const { run } = await startReal();
  const files = await makeTemplate(template('true'));
  const first = await run(buildSpec({ archive: files.archive }), files);
  const state = first.state ?? Buffer.alloc(0);
  const second = await run(buildSpec({ archive: files.archive, state: stateRefOf(state) }), files, state);
  expect(second.outcome).toEqual({ error: null, state: null, result: true });
  expect(second.data.results[0]).toMatchObject({ resources: [{}, {}] });
});

test('terraform killed from outside: the build fails with the newest state and says what may be missing', async () => {
  const { run } = await startReal();
  // The provisioner finds terraform as its parent.
  const files = await makeTemplate(template('kill -KILL $PPID; sleep 60'));
  const { outcome, state, data } = await run(buildSpec({ archive: files.archive }), files);
  expect(outcome.error).toMatchObject({
    code: 'engine_killed',
    message: 'terraform apply was killed from outside by signal 9',
    hint: 'What was being made at that moment may exist without being in the state.',
  });
  expect(JSON.parse(state?.toString() ?? '{}').resources[0].name).toBe('first');
  expect(logText(data.log)).toContain('killed from outside');
});

const unusable: [string, (state: Buffer) => Buffer, RegExp][] = [
  ['empty', () => Buffer.alloc(0), /not usable \(empty\)/],
  ['cut off', state => state.subarray(0, state.length - 20), /not usable \(truncated\)/],
  ['no state', () => Buffer.from('{"hello": "world"}\n'), /not usable \(not a state\)/],
  [
    'of another serial',
    state => Buffer.from(state.toString().replace(/"serial": \d+/, '"serial": 99')),
    /another than serial/,
  ],
];

test.each(unusable)('a state that is %s never reaches terraform', async (_, spoil, message) => {
  const { run, coordinator } = await startReal();
  const made = join(tempDir(), 'made');
  const files = await makeTemplate(template(`touch ${made}`));
  const good = Buffer.from(
    `{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "abc", "outputs": {}, "resources": []}\n`,
  );
  const state = spoil(good);
  const ref = { ...stateRefOf(good), digest: sha256(state), sizeBytes: state.length };
  const { outcome } = await run(buildSpec({ archive: files.archive, state: ref }), files, state);
  expect(outcome).toMatchObject({
    error: { code: 'state_unusable', message: expect.stringMatching(message) },
    state: null,
    result: false,
  });
  expect(existsSync(made)).toBe(false);
  expect(coordinator.requests.some(request => request.startsWith('PUT'))).toBe(false);
});

test('an archive that is not what the coordinator says, or may not be unpacked, fails the job', async () => {
  const { run } = await startReal();
  const files = await makeTemplate(template('true'));
  const other = { ...files, content: Buffer.alloc(files.content.length, 7) };
  const changed = await run(buildSpec({ archive: files.archive }), other);
  expect(changed.outcome.error).toMatchObject({ code: 'digest_mismatch' });
  const content = readFileSync(new URL('../../../fixtures/archives/symlink-out.tgz', import.meta.url));
  const hostile = { content, archive: { digest: sha256(content), sizeBytes: content.length } };
  const refused = await run(buildSpec({ archive: hostile.archive }), hostile);
  expect(refused.outcome.error).toMatchObject({ code: 'archive_refused', message: expect.stringContaining('sub/out') });
});

test('a state that the coordinator refuses makes the build fail, and stays on disk', async () => {
  const { run, coordinator, dataDir, log } = await startReal();
  coordinator.intercept = (request, response, path) => {
    if (!path.startsWith('states/') || request.method !== 'PUT') return false;
    request.resume();
    response.writeHead(413, { 'content-type': 'application/json' });
    response.end('{"code":"limit_exceeded","message":"too large for me"}');
    return true;
  };
  const files = await makeTemplate({ 'main.tf.json': JSON.stringify({ output: { large: largeOutput } }) });
  const { outcome } = await run(buildSpec({ archive: files.archive }), files);
  expect(outcome).toMatchObject({ error: { code: 'limit_exceeded' }, state: null });
  await expect.poll(() => log.saying('the folder of an attempt is kept')).toHaveLength(1);
  const [folder = ''] = readdirSync(join(dataDir, 'kept'));
  expect(existsSync(join(dataDir, 'kept', folder, 'work/terraform.tfstate'))).toBe(true);
  // Values that it was given are not kept with it.
  expect(readdirSync(join(dataDir, 'kept', folder)).filter(name => /journal|variables/.test(name))).toEqual([]);
});

test('what a build ends with comes with its terminal message, and is uploaded when the coordinator cannot take it so', async () => {
  const { coordinator, connection, log } = await startReal();
  const files = await makeTemplate(template('true'));
  const spec = buildSpec({ archive: files.archive });
  const ref = { job: spec.job, attempt: spec.attempt };
  const data = await beginJob(coordinator, connection, spec, files);
  const first = await connection.next('terminal');
  expect(first.attached?.result?.resources).toHaveLength(2);
  expect(JSON.parse(Buffer.from(first.attached?.state ?? '', 'base64').toString()).serial).toBe(
    first.outcome.state?.serial,
  );
  // The last entries are in it, unless they were on their way already.
  await expect.poll(() => data.log.at(-1)).toMatchObject({ kind: 'phase', phase: 'store' });
  const upload = `PUT states/${first.outcome.state?.digest}`;
  expect(coordinator.requests).not.toContain(upload);

  const error = { code: 'internal', message: 'not so', hint: null, fields: null } as const;
  connection.send({ type: 'problem', error, about: ref, retry: true });
  const second = await connection.next('terminal');
  expect(second).toEqual({ type: 'terminal', ...ref, outcome: first.outcome });
  expect(coordinator.requests).toEqual(expect.arrayContaining([upload, 'PUT result', 'POST logs']));
  connection.send({ type: 'settled', ...ref });
  await expect.poll(() => log.saying('attempt ended')).toHaveLength(1);
});

test('a state that the coordinator refuses, with the terminal message and alone, makes the build fail', async () => {
  const { coordinator, connection } = await startReal();
  coordinator.intercept = (request, response, path) => {
    if (!path.startsWith('states/') || request.method !== 'PUT') return false;
    request.resume();
    sendError(response, 'limit_exceeded');
    return true;
  };
  const files = await makeTemplate(template('true'));
  const spec = buildSpec({ archive: files.archive });
  const ref = { job: spec.job, attempt: spec.attempt };
  await beginJob(coordinator, connection, spec, files);
  expect((await connection.next('terminal')).outcome.error).toBeNull();
  const error = { code: 'limit_exceeded', message: 'too large for me', hint: null, fields: null } as const;
  connection.send({ type: 'problem', error, about: ref, retry: true });
  const { outcome, attached } = await connection.next('terminal');
  expect(outcome).toMatchObject({ error: { code: 'limit_exceeded' }, state: null, result: true });
  expect(attached).toBeUndefined();
  connection.send({ type: 'settled', ...ref });
});

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { logText } from './double/logText.js';
import { buildSpec } from './double/specs.js';
import { makeTemplate, startReal } from './double/startReal.js';
import { TEST_PSK } from './double/testCoordinator.js';

/** In JSON, which a daemon reads without a process of its own for it. */
const withScript = (script: string) => ({
  'main.tf.json': JSON.stringify({
    resource: { terraform_data: { a: { provisioner: { 'local-exec': { command: script } } } } },
  }),
});

test('the log tells phases, resources with their course, output of provisioners, and counts', async () => {
  const { run } = await startReal();
  const files = await makeTemplate(withScript('echo one; echo two >&2'));
  const { data } = await run(buildSpec({ archive: files.archive }), files);
  const told = data.log.map(({ n: _n, at: _at, ...entry }) => entry);
  for (const expected of [
    { kind: 'phase', phase: 'fetch' },
    { kind: 'resource', address: 'terraform_data.a', action: 'create', state: 'planned' },
    { kind: 'summary', operation: 'plan', add: 1, change: 0, remove: 0 },
    { kind: 'resource', address: 'terraform_data.a', action: 'create', state: 'started' },
    { kind: 'text', source: 'provisioner', address: 'terraform_data.a', text: 'one' },
    { kind: 'text', source: 'provisioner', address: 'terraform_data.a', text: 'two' },
    { kind: 'resource', address: 'terraform_data.a', state: 'complete', note: expect.stringMatching(/^id=/) },
    { kind: 'summary', operation: 'apply', add: 1, change: 0, remove: 0 },
    { kind: 'phase', phase: 'store' },
  ]) {
    expect(told).toContainEqual(expect.objectContaining(expected));
  }
  expect(data.log.map(entry => entry.n)).toEqual(data.log.map((_, at) => at + 1));
});

test('the first entries are there while the job runs', async () => {
  const real = await startReal();
  const goOn = join(tempDir(), 'go-on');
  const files = await makeTemplate(withScript(`echo waiting; while ! test -e ${goOn}; do sleep 0.02; done`));
  const data = await real.begin(buildSpec({ archive: files.archive }), files);
  await expect.poll(() => logText(data.log)).toContain('waiting');
  execFileSync('touch', [goOn]);
  await real.connection.next('terminal');
});

test('a line of 10 MB arrives whole, in pieces that an entry can carry', async () => {
  const { run } = await startReal();
  // Straight to terraform's own stdout: its reader of provisioners drops a line of that length.
  const script = "{ head -c 10000000 /dev/zero | tr '\\0' x; echo; } >> /proc/$PPID/fd/1";
  const files = await makeTemplate(withScript(script));
  const { outcome, data } = await run(buildSpec({ archive: files.archive }), files);
  expect(outcome.error).toBeNull();
  const texts = data.log.flatMap(entry => (entry.kind === 'text' ? [entry.text] : []));
  expect(Math.max(...texts.map(text => Buffer.byteLength(text)))).toBeLessThanOrEqual(limits.logPieceBytes);
  const xs = texts.reduce((sum, text) => sum + (text.match(/x/g)?.length ?? 0), 0);
  expect(xs - (script.match(/x/g)?.length ?? 0)).toBeGreaterThanOrEqual(10_000_000);
});

test('output of terraform that is not JSON is kept as text', async () => {
  const { run } = await startReal();
  // The provisioner writes to terraform's own stdout.
  const files = await makeTemplate(
    withScript('echo "no JSON at all" >> /proc/$PPID/fd/1; echo "{broken" >> /proc/$PPID/fd/1'),
  );
  const { outcome, data } = await run(buildSpec({ archive: files.archive }), files);
  expect(outcome.error).toBeNull();
  expect(logText(data.log)).toMatch(/no JSON at all\n(.*\n)*\{broken/);
});

test('secrets of every kind stay out of log, errors and the daemon log, and credentials out of the environment', async () => {
  const canaries = {
    AWS_SECRET_ACCESS_KEY: 'canary-of-the-environment',
    BERTH_SESSION_TOKEN: 'canary-of-the-session',
    CODER_PROVISIONER_DAEMON_PSK: 'canary-of-the-alias',
    SOME_SETTING: 'a-harmless-setting',
  };
  Object.assign(process.env, canaries);
  try {
    const real = await startReal();
    expect(process.env.BERTH_SESSION_TOKEN).toBeUndefined();
    expect(process.env.CODER_PROVISIONER_DAEMON_PSK).toBeUndefined();
    const environment = join(tempDir(), 'env');
    const files = await makeTemplate({
      'main.tf': `
variable "password" { type = string }
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "env > ${environment}; echo pw $PW key $AWS_SECRET_ACCESS_KEY psk ${TEST_PSK}; cat ../attempt.json; exit 1"
    environment = { PW = var.password }
  }
}
`,
    });
    const variables = [{ name: 'password', value: 'canary-of-a-variable', sensitive: true }];
    const spec = buildSpec({ archive: files.archive, variables });
    const { outcome, data } = await real.run(spec, files);
    expect(outcome.error).toMatchObject({ code: 'engine_failed' });
    const seen = `${JSON.stringify(data.log)}${JSON.stringify(outcome)}${real.log.text()}`;
    expect(logText(data.log)).toMatch(/pw \[redacted\] key \[redacted\] psk \[redacted\]/);
    for (const secret of ['canary', TEST_PSK, spec.token]) expect(seen).not.toContain(secret);
    const inherited = readFileSync(environment, 'utf8');
    expect(inherited).toContain('SOME_SETTING=a-harmless-setting');
    expect(inherited).toContain('canary-of-the-environment');
    expect(inherited).not.toContain('canary-of-the-session');
    expect(inherited).not.toContain('canary-of-the-alias');
  } finally {
    for (const name of Object.keys(canaries)) delete process.env[name];
  }
});

test('only declared variables reach terraform, and berth if it is declared', async () => {
  const { run } = await startReal();
  const variables = [
    { name: 'size', value: 3, sensitive: false },
    { name: 'gone', value: 'x', sensitive: false },
  ];
  const files = await makeTemplate({
    'main.tf': `
variable "size" { type = number }
variable "berth" { type = object({ owner = object({ username = string }), provider = object({ namespace = string }) }) }
output "size" { value = var.size }
output "owner" { value = var.berth.owner.username }
`,
  });
  const { outcome, data } = await run(buildSpec({ archive: files.archive, variables }), files);
  expect(outcome.error).toBeNull();
  expect(data.log.filter(entry => entry.kind === 'diagnostic')).toEqual([]);
  expect(data.results[0]).toMatchObject({
    outputs: [
      { name: 'owner', value: 'ana' },
      { name: 'size', value: 3 },
    ],
  });

  const plain = await makeTemplate({ 'main.tf': 'resource "terraform_data" "a" {}\n' });
  const other = await run(buildSpec({ archive: plain.archive, variables }), plain);
  expect(other.data.log.filter(entry => entry.kind === 'diagnostic')).toEqual([]);
});

test('snapshots of the state go up while the apply runs', async () => {
  const real = await startReal();
  const folder = tempDir();
  const files = await makeTemplate({
    'main.tf': `
resource "terraform_data" "first" { input = "kept" }
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "while ! test -e ${folder}/go-on; do sleep 0.02; done" }
}
`,
  });
  const data = await real.begin(buildSpec({ archive: files.archive }), files);
  const snapshots = () => [...data.uploads.values()].filter(upload => upload.kind === 'snapshot' && upload.complete);
  await expect.poll(() => snapshots().length).toBe(1);
  const [snapshot] = snapshots();
  expect(JSON.parse(snapshot?.content.toString() ?? '{}').resources[0].name).toBe('first');
  execFileSync('touch', [`${folder}/go-on`]);
  const { outcome } = await real.connection.next('terminal');
  const final = data.uploads.get(outcome.state?.digest ?? '');
  expect(final).toMatchObject({ kind: 'final', complete: true });
  expect(final?.serial).toBeGreaterThan(snapshot?.serial ?? 99);
  expect(existsSync(folder)).toBe(true);
});

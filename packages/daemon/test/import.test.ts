import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttemptSpec, limits } from '@berth/protocol';
import { tempDir, testPlugins } from '@berth/testkit';
import { expect, test } from 'vitest';
import { logText } from './double/logText.js';
import { buildSpec, importSpec, offerOf } from './double/specs.js';
import { type Done, makeTemplate, sha256, startReal } from './double/startReal.js';

const plugins = await testPlugins();

/** Imports these files with a daemon of the test's own. */
async function importOf(
  files: Record<string, string>,
  more: Partial<Extract<AttemptSpec, { type: 'template_import' }>> = {},
): Promise<Done> {
  const { run } = await startReal();
  const template = await makeTemplate(files);
  return run(importSpec({ archive: template.archive, ...more }), template);
}

const all = `
terraform { required_version = ">= 1.3" }
variable "berth" { type = any }
variable "size" {
  type        = number
  description = "How many"
  default     = 2
  validation {
    condition     = var.size < 10
    error_message = "at most nine"
  }
}
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "a" {
  count = var.size
  input = var.password
}
output "size" {
  value       = var.size
  description = "The size"
}
output "secret" {
  value     = var.password
  sensitive = true
}
`;

test('an import tells what a template declares, and plans with samples', async () => {
  const { outcome, data } = await importOf({ 'main.tf': all }, { samples: { password: 'a-sample-secret' } });
  expect(outcome).toEqual({ error: null, state: null, result: true });
  expect(data.results[0]).toMatchObject({
    variables: [
      { name: 'berth', type: 'dynamic', hasDefault: false },
      {
        name: 'size',
        type: 'number',
        description: 'How many',
        hasDefault: true,
        default: 2,
        validations: [{ condition: 'var.size < 10', message: 'at most nine' }],
      },
      { name: 'password', type: 'string', sensitive: true },
    ],
    outputs: [
      { name: 'secret', sensitive: true },
      { name: 'size', description: 'The size', sensitive: false },
    ],
    requiredVersion: '>= 1.3',
    ignoredBackend: null,
    plan: { add: 2, change: 0, remove: 0 },
    planSkipped: null,
  });
  expect(logText(data.log)).not.toContain('a-sample-secret');
  const phases = data.log.filter(entry => entry.kind === 'phase').map(entry => entry.phase);
  expect(phases).toEqual(['fetch', 'init', 'plan', 'store']);
});

test('pinned variables count as known; those that the template does not declare are told', async () => {
  const variables = [
    { name: 'password', value: 'pinned-password', sensitive: false },
    { name: 'colour', value: 'red', sensitive: false },
  ];
  const { data } = await importOf({ 'main.tf': all }, { variables });
  expect(data.results[0]).toMatchObject({ plan: { add: 2 } });
  expect(logText(data.log)).toContain("The template declares no variable 'colour'");
});

const broken: [string, Record<string, string>, object, RegExp?][] = [
  ['no configuration', { 'notes.txt': 'x' }, { code: 'no_configuration' }],
  [
    'a syntax error',
    { 'main.tf': 'resource "terraform_data" "a" {\n  input = \n}\n' },
    { code: 'invalid_configuration', message: expect.stringMatching(/main\.tf line 2/) },
  ],
  [
    'a reference to nothing',
    { 'main.tf': 'output "a" {\n  value = var.nothing\n}\n' },
    { code: 'invalid_configuration', message: 'Reference to undeclared input variable (main.tf line 2)' },
    /"file":"main.tf","line":2/,
  ],
  [
    'an engine of another version',
    { 'main.tf': 'terraform { required_version = ">= 99" }\n' },
    {
      code: 'engine_unfit',
      message: expect.stringMatching(/asks for an engine version of >= 99 .* runs terraform 1\./),
    },
  ],
  [
    'a plan that fails',
    { 'main.tf': 'resource "terraform_data" "a" { input = file("missing.txt") }\n' },
    {
      code: expect.stringMatching(/invalid_configuration|engine_failed/),
      message: expect.stringMatching(/Invalid function argument/),
    },
  ],
  [
    'a module that is not there',
    { 'main.tf': 'module "a" { source = "./gone" }\n' },
    { code: 'engine_failed', message: 'Unreadable module directory' },
  ],
];

test.each(broken)('%s fails the import, saying where', async (_, files, error, log) => {
  const { outcome, data } = await importOf(files);
  expect(outcome).toMatchObject({ error, state: null, result: false });
  if (log !== undefined) expect(logText(data.log)).toMatch(log);
});

test("the template's own backend is named and not used, here or in a build", async () => {
  const { run } = await startReal();
  const template = await makeTemplate({
    'main.tf':
      'terraform {\n  backend "s3" {\n    bucket = "b"\n    key = "k"\n    region = "eu"\n  }\n}\nresource "terraform_data" "a" {}\n',
  });
  const { outcome, data } = await run(importSpec({ archive: template.archive }), template);
  expect(outcome.error).toBeNull();
  expect(data.results[0]).toMatchObject({ ignoredBackend: 's3' });
  expect(logText(data.log)).toContain("The template's own 's3' backend (main.tf) is ignored");
  const built = await run(buildSpec({ archive: template.archive }), template);
  expect(built.outcome.error).toBeNull();
});

test('a README that is too long is cut, and says so', async () => {
  const { data } = await importOf({ 'main.tf': '', 'readme.MD': 'x'.repeat(limits.readmeBytes + 7) });
  expect(data.results[0]).toMatchObject({ readme: expect.stringMatching(/x\n\n… \(7 more bytes\)\n$/) });
});

const timeTemplate = {
  'main.tf': `
terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
resource "time_static" "now" {}
`,
};

const skipped = plugins.skipped === null ? '' : ` (skipped: ${plugins.skipped})`;

test.skipIf(plugins.mirror === null)(`plugins come from the mirror and are locked${skipped}`, async () => {
  const mirror = plugins.mirror ?? '';
  const importer = await startReal({ pluginMirrors: [mirror] });
  const template = await makeTemplate(timeTemplate);
  const imported = await importer.run(importSpec({ archive: template.archive }), template);
  const [result] = imported.data.results;
  expect(result).toMatchObject({
    plugins: [{ address: 'registry.terraform.io/hashicorp/time', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) }],
    lockFile: expect.stringContaining('provider "registry.terraform.io/hashicorp/time"'),
    plan: { add: 1 },
  });
  const lockFile = result?.type === 'template_import' ? result.lockFile : null;

  const warm = await importer.run(buildSpec({ archive: template.archive, lockFile }), template);
  expect(warm.outcome.error).toBeNull();
  expect(importer.connection.count('open_gate')).toBe(0);

  // Another daemon has nothing yet: it takes exactly the plugins of the lock file.
  const other = await startReal({ pluginMirrors: [mirror] });
  const cold = await other.run(buildSpec({ archive: template.archive, lockFile }), template);
  expect(cold.outcome.error).toBeNull();
  expect(cold.data.log.filter(entry => entry.kind === 'phase').map(entry => entry.phase)).toEqual([
    'fetch',
    'init',
    'apply',
    'store',
  ]);
  const changed = (lockFile ?? '').replace(/h1:[^"]+/g, `h1:${Buffer.from('another').toString('base64')}=`);
  const refused = await other.run(buildSpec({ archive: template.archive, lockFile: changed }), template);
  expect(refused.outcome.error).toMatchObject({ code: 'plugin_hash_mismatch' });
  const incomplete = await other.run(buildSpec({ archive: template.archive, lockFile: '# nothing\n' }), template);
  expect(incomplete.outcome.error).toMatchObject({ code: 'engine_failed' });
});

test('two builds of a version that the daemon does not have yet make its warm directory once', async () => {
  const { run, dataDir } = await startReal({ slots: 2 });
  const template = await makeTemplate({ 'main.tf': 'resource "terraform_data" "a" {}\n' });
  const [one, two] = await Promise.all([
    run(buildSpec({ archive: template.archive }), template),
    run(buildSpec({ archive: template.archive }), template),
  ]);
  expect([one.outcome.error, two.outcome.error]).toEqual([null, null]);
  const inits = [one, two].map(({ data }) => data.log.some(entry => entry.kind === 'phase' && entry.phase === 'init'));
  expect(inits.sort()).toEqual([false, true]);
  expect(readdirSync(join(dataDir, 'warm'))).toHaveLength(1);
});

test('a build that waits for another to make the warm directory can be canceled meanwhile', async () => {
  const { begin, coordinator, connection } = await startReal({ slots: 2 });
  const template = await makeTemplate({ 'main.tf': 'resource "terraform_data" "a" {}\n' });
  const [builder, waiter] = [buildSpec({ archive: template.archive }), buildSpec({ archive: template.archive })];
  let serve: () => void = () => undefined;
  const held = new Promise<void>(resolve => {
    serve = resolve;
  });
  coordinator.intercept = async (_request, _response, path) => {
    if (path === 'archive') await held;
    return false;
  };
  await begin(builder, template);
  await expect.poll(() => coordinator.requests.filter(request => request.endsWith('archive'))).toHaveLength(1);
  await begin(waiter, template);
  connection.send({ type: 'cancel', job: waiter.job, attempt: 1, mode: 'soft' });
  expect((await connection.nextOf('terminal', waiter.job)).outcome.error).toMatchObject({ code: 'canceled' });
  serve();
  expect((await connection.nextOf('terminal', builder.job)).outcome.error).toBeNull();
});

test('a job that is not of the version that its offer named is refused', async () => {
  const { run, coordinator, connection } = await startReal();
  const template = await makeTemplate({ 'main.tf': 'resource "terraform_data" "a" {}\n' });
  const other = await makeTemplate({ 'main.tf': 'resource "terraform_data" "b" {}\n' });
  await run(importSpec({ archive: template.archive }), template);
  const spec = buildSpec({ archive: template.archive });
  coordinator.attempt(spec.token);
  connection.send(offerOf(spec));
  await connection.nextOf('accept', spec.job);
  connection.send({ type: 'accepted', spec: { ...spec, archive: other.archive }, gateOpen: true });
  expect((await connection.nextOf('terminal', spec.job)).outcome.error).toMatchObject({ code: 'internal' });
});

test('a dry run tells what a build would change, and changes nothing', async () => {
  const { run, dataDir } = await startReal();
  const made = join(tempDir(), 'made');
  const template = await makeTemplate({
    'main.tf': `resource "terraform_data" "a" {\n  provisioner "local-exec" { command = "touch ${made}" }\n}\n`,
  });
  const { type: _, ...base } = buildSpec({ archive: template.archive });
  const { outcome, data } = await run({ ...base, type: 'template_dry_run' }, template);
  expect(outcome).toEqual({ error: null, state: null, result: true });
  expect(data.results[0]).toEqual({
    type: 'template_dry_run',
    engine: { name: 'terraform', version: '1.11.4' },
    plan: { add: 1, change: 0, remove: 0 },
    changes: [
      {
        address: 'terraform_data.a',
        action: 'create',
        reason: null,
        previousAddress: null,
        attributes: [],
        destroyedByStop: null,
      },
    ],
  });
  expect(existsSync(made)).toBe(false);
  expect(readFileSync(join(dataDir, 'instance'), 'utf8')).not.toBe('');
  expect(sha256(template.content)).toBe(template.archive.digest);
});

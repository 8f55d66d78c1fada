import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logText } from './double/logText.js';
import { buildSpec, importSpec } from './double/specs.js';
import { makeTemplate, startReal, stateRefOf } from './double/startReal.js';

const main = `
variable "berth" { type = object({ transition = string, start_count = number, workspace = object({ name = string }) }) }
variable "greeting" { type = string }
resource "terraform_data" "home" { input = var.greeting }
resource "terraform_data" "running" {
  count = var.berth.start_count
  input = var.berth.workspace.name
}
output "greeting" { value = terraform_data.home.output }
`;

test('a version is imported, then built warm, stopped and deleted by the same daemon', async () => {
  const { run, dataDir, connection } = await startReal();
  const template = await makeTemplate({ 'main.tf': main, 'README.md': '# Scratch\n' });
  const imported = await run(importSpec({ archive: template.archive }), template);
  expect(imported.outcome).toEqual({ error: null, state: null, result: true });
  expect(imported.data.results[0]).toMatchObject({
    type: 'template_import',
    engine: { name: 'terraform', version: '1.11.4' },
    readme: '# Scratch\n',
    lockFile: null,
    plugins: [],
    plan: null,
    planSkipped: "no value is known for 'greeting'",
  });

  const variables = [{ name: 'greeting', value: 'hello', sensitive: false }];
  const started = await run(buildSpec({ archive: template.archive, variables }), template);
  expect(started.outcome).toMatchObject({
    error: null,
    state: stateRefOf(started.state ?? Buffer.alloc(0)),
    result: true,
  });
  expect(connection.said.all.filter(({ type }) => type === 'open_gate')).toEqual([]);
  expect(started.data.results[0]).toMatchObject({
    resources: [{ address: 'terraform_data.home' }, { address: 'terraform_data.running[0]' }],
    outputs: [{ name: 'greeting', value: 'hello', type: 'string', sensitive: false }],
  });
  expect(started.data.log.filter(entry => entry.kind === 'phase').map(entry => entry.phase)).toEqual([
    'fetch',
    'apply',
    'store',
  ]);

  expect(logText(started.data.log.filter(entry => entry.kind === 'text'))).toBe('Terraform 1.11.4');

  const first = started.state ?? Buffer.alloc(0);
  const spec = buildSpec({ archive: template.archive, variables, transition: 'stop', state: stateRefOf(first) });
  spec.berth = { ...spec.berth, transition: 'stop', start_count: 0 };
  const stopped = await run(spec, template, first);
  expect(stopped.outcome.error).toBeNull();
  expect(stopped.data.results[0]).toMatchObject({ resources: [{ address: 'terraform_data.home' }] });

  const second = stopped.state ?? Buffer.alloc(0);
  const deletion = buildSpec({ archive: template.archive, variables, transition: 'delete', state: stateRefOf(second) });
  const deleted = await run(deletion, template, second);
  expect(deleted.outcome).toMatchObject({ error: null, result: true });
  expect(deleted.data.results[0]).toMatchObject({ resources: [], outputs: [] });
  await expect.poll(() => readdirSync(join(dataDir, 'attempts'))).toEqual([]);
  expect(existsSync(join(dataDir, 'lock'))).toBe(true);
});

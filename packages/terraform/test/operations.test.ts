import { expect, test } from 'vitest';
import { apply, chooseFinalState, init, plan, readState, validate, writeVariables } from '../src/index.js';
import { attempt, attemptAfter } from './setup.js';

const template = `
variable "colour" {
  type    = string
  default = "green"
}
resource "terraform_data" "main" {
  count = 2
  input = var.colour
}
output "colour" {
  value = terraform_data.main[0].output
}
`;

test('a build from create to delete: one apply each, outputs and resources from the state', async () => {
  const context = await attempt({ 'main.tf': template }, { variables: { colour: 'blue' } });
  const end = await apply(context);
  expect(end).toMatchObject({
    exit: { code: 0 },
    succeeded: true,
    rungs: [],
    errors: [],
    summary: { operation: 'apply', add: 2, change: 0, remove: 0 },
  });
  expect(end.changes).toContainEqual({
    address: 'terraform_data.main[0]',
    action: 'create',
    reason: null,
    previousAddress: null,
  });
  const final = await chooseFinalState(context.folder, context.folder.run('apply'), { succeeded: true, lineage: null });
  expect(final.chosen).toMatchObject({ source: 'state', path: context.folder.state });
  expect(final.chosen?.contents.outputs).toEqual([{ name: 'colour', type: 'string', value: 'blue', sensitive: false }]);
  expect(final.chosen?.contents.resources.map(resource => resource.address)).toEqual([
    'terraform_data.main[0]',
    'terraform_data.main[1]',
  ]);

  const deletion = await attemptAfter(context);
  expect((await apply(deletion, true)).summary).toMatchObject({ add: 0, change: 0, remove: 2 });
  expect(await readState(deletion.folder.state)).toMatchObject({ valid: true, resources: [] });
});

test('a failed apply tells the diagnostics, keeps the state, and the next one repairs it', async () => {
  const context = await attempt({
    'main.tf': `
variable "good" {
  type    = bool
  default = false
}
resource "terraform_data" "first" {
  input = "kept"
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = var.good ? "exit 0" : "exit 3"
  }
}
`,
  });
  const end = await apply(context);
  expect(end).toMatchObject({ exit: { code: 1 }, succeeded: false });
  expect(end.errors).toMatchObject([
    { summary: 'local-exec provisioner error', file: 'main.tf', line: 11, address: 'terraform_data.second' },
  ]);
  const final = await chooseFinalState(context.folder, context.folder.run('apply'), {
    succeeded: false,
    lineage: null,
  });
  expect(final.chosen?.contents.resources).toMatchObject([
    { address: 'terraform_data.first', tainted: false },
    { address: 'terraform_data.second', tainted: true },
  ]);

  const repair = await attemptAfter(context);
  writeVariables(repair.folder.variables, { good: true }, ['good']);
  expect(await apply(repair)).toMatchObject({ succeeded: true, summary: { add: 1, change: 0, remove: 1 } });
});

test('plan tells the changes and changes nothing; a missing value is an error', async () => {
  const context = await attempt({ 'main.tf': `${template}\nvariable "needed" {}\n` });
  expect(await plan(context)).toMatchObject({
    succeeded: false,
    errors: [{ summary: 'No value for required variable', file: 'main.tf' }],
  });

  const complete = await attemptAfter(context);
  writeVariables(complete.folder.variables, { needed: 1 }, ['needed']);
  const end = await plan(complete);
  expect(end).toMatchObject({ succeeded: true, summary: { operation: 'plan', add: 2, change: 0, remove: 0 } });
  expect(end.changes).toHaveLength(2);
  expect(await readState(complete.folder.state)).toEqual({ valid: false, fault: 'missing' });
});

test('validate reports errors and warnings with file and line', async () => {
  const context = await attempt({ 'main.tf': template });
  expect(await validate(context)).toMatchObject({ valid: true, diagnostics: [] });
  const wrong = await attempt({ 'main.tf': `${template}\noutput "x" {\n  value = var.nowhere\n}\n` });
  expect(await validate(wrong)).toMatchObject({
    valid: false,
    diagnostics: [
      {
        severity: 'error',
        summary: 'Reference to undeclared input variable',
        file: 'main.tf',
        line: 15,
        snippet: '  value = var.nowhere',
      },
    ],
  });
});

test('validate without a report is an error that shows what was printed', async () => {
  const context = await attempt({ 'main.tf': template });
  const broken = { ...context, engine: { ...context.engine, path: '/bin/echo' } };
  await expect(validate(broken)).rejects.toMatchObject({ code: 'invalid_report' });
  expect(context.events).toContainEqual({ type: 'text', level: 'error', message: 'validate -json' });
});

/** A plugin of a host on which nothing listens. */
const unreachable = `
terraform {
  required_providers {
    none = { source = "localhost:9/nobody/none" }
  }
}
`;

test('init tries again when the network fails it, and not when it is told to give up', async () => {
  const context = await attempt({ 'main.tf': unreachable }, { initialise: false });
  const pauses: number[] = [];
  const clock = {
    now: () => 0,
    after: (ms: number, callback: () => void) => {
      pauses.push(ms);
      setImmediate(callback);
      return () => undefined;
    },
  };
  const end = await init({ ...context, clock });
  expect(end.succeeded).toBe(false);
  expect(context.runs).toHaveLength(4);
  expect(pauses.map(ms => ms > 500 && ms < 16_000)).toEqual([true, true, true]);
  expect(context.events.filter(event => event.message.startsWith('The network failed init'))).toHaveLength(3);

  const second = await attempt({ 'main.tf': unreachable }, { initialise: false });
  await init({ ...second, signal: AbortSignal.abort() });
  expect(second.runs).toHaveLength(1);
});

test('init does not try again what would fail again', async () => {
  const context = await attempt({ 'main.tf': 'terraform {\n  required_version = ">= 99"\n}\n' }, { initialise: false });
  const end = await init(context);
  expect(end).toMatchObject({ succeeded: false, errors: [{ summary: 'Unsupported Terraform Core version' }] });
  expect(context.runs).toHaveLength(1);
});

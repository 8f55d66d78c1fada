import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apply, formatVariables, type JsonValue, plan, readState, writeVariables } from '../src/index.js';
import { attempt } from './setup.js';

test('one variable a line, and only those that are declared', () => {
  const text = formatVariables({ a: 'x\ny', b: [1, { c: null }], undeclared: 'secret', d: true, e: null }, [
    'a',
    'b',
    'd',
    'e',
    'notGiven',
  ]);
  expect(text).toBe('{\n"a": "x\\ny",\n"b": [1,{"c":null}],\n"d": true,\n"e": null\n}\n');
  expect(formatVariables({ undeclared: 1 }, [])).toBe('{}\n');
});

test('values arrive as they were given; what is left out is the default', async () => {
  const values: Record<string, JsonValue> = {
    text: `a "quoted" \${not.an.expression} %{ nor this }\n\\ é`,
    list: ['a', 'b'],
    object: { name: 'n', size: 3 },
    none: null,
  };
  const context = await attempt(
    {
      'main.tf': `
variable "text" {
  type = string
}
variable "list" {
  type = list(string)
}
variable "object" {
  type = object({ name = string, size = number, more = optional(string, "m") })
}
variable "none" {
  default = "not null"
}
variable "left_out" {
  default = "default"
}
output "all" {
  value = [var.text, var.list, var.object, var.none, var.left_out]
}
`,
      // Ours wins.
      'terraform.tfvars': 'text = "from the template"\n',
    },
    { variables: values },
  );
  expect(statSync(context.folder.variables).mode & 0o777).toBe(0o600);
  expect(await apply(context)).toMatchObject({ succeeded: true });
  const state = await readState(context.folder.state);
  expect(state.valid && state.outputs[0]?.value).toEqual([
    values.text,
    values.list,
    { name: 'n', size: 3, more: 'm' },
    null,
    'default',
  ]);
});

test('a diagnostic about a value does not show the line it stands in', async () => {
  const context = await attempt(
    { 'main.tf': 'variable "size" {\n  type = number\n}\nvariable "key" {\n  sensitive = true\n}\n' },
    { variables: { size: 'hunter22-wrong', key: 'hunter22-secret' } },
  );
  const end = await plan(context);
  expect(end).toMatchObject({ succeeded: false, errors: [{ summary: 'Invalid value for input variable' }] });
  expect(readFileSync(context.folder.run('plan').output, 'utf8')).toContain('hunter22-wrong');
  expect(JSON.stringify([end.errors, context.events])).not.toContain('hunter22');
  expect(JSON.stringify(end.errors)).not.toContain(context.folder.path);
});

test('a variables file is readable by its owner alone', async () => {
  const context = await attempt({ 'main.tf': '' }, { initialise: false });
  writeVariables(context.folder.variables, { a: 1 }, ['a']);
  expect(statSync(context.folder.variables).mode & 0o777).toBe(0o600);
  expect(statSync(context.folder.path).mode & 0o777).toBe(0o700);
});

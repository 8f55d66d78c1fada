import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply, type EngineEvent, OutputReader, PIECE_BYTES, parseEvent, readEvents } from '../src/index.js';
import { attempt, attemptAfter, writeFiles } from './setup.js';

const head = { '@level': 'info', '@message': 'm', '@module': 'terraform.ui', '@timestamp': '2026-01-01T00:00:00Z' };
const resource = {
  addr: 'module.a["k"].null_resource.x[0]',
  module: 'module.a["k"]',
  resource: 'null_resource.x[0]',
  implied_provider: 'null',
  resource_type: 'null_resource',
  resource_name: 'x',
  resource_key: 0,
};
const address = resource.addr;

const table: [string, object, object][] = [
  ['version', { terraform: '1.11.4', ui: '1.2' }, { engine: 'terraform', version: '1.11.4', ui: '1.2' }],
  ['version', { tofu: '1.9.0', ui: '1.2' }, { engine: 'tofu', version: '1.9.0', ui: '1.2' }],
  [
    'planned_change',
    { change: { resource, action: 'replace', reason: 'tainted' } },
    { change: { address, action: 'replace', reason: 'tainted', previousAddress: null } },
  ],
  [
    'planned_change',
    { change: { resource, previous_resource: { ...resource, addr: 'null_resource.old' }, action: 'move' } },
    { change: { address, action: 'move', reason: null, previousAddress: 'null_resource.old' } },
  ],
  [
    'planned_change',
    { change: { resource, action: 'noop' } },
    { change: { address, action: 'no-op', reason: null, previousAddress: null } },
  ],
  [
    'planned_change',
    { change: { resource, action: 'remove' } },
    { change: { address, action: 'forget', reason: null, previousAddress: null } },
  ],
  [
    'resource_drift',
    { change: { resource, action: 'update' } },
    { change: { address, action: 'update', reason: null, previousAddress: null } },
  ],
  [
    'change_summary',
    { changes: { add: 1, change: 2, import: 3, remove: 4, operation: 'apply' } },
    { summary: { operation: 'apply', add: 1, change: 2, remove: 4, import: 3 } },
  ],
  [
    // Terraform 1.4 and older know no import.
    'change_summary',
    { changes: { add: 1, change: 2, remove: 4, operation: 'destroy' } },
    { summary: { operation: 'destroy', add: 1, change: 2, remove: 4, import: 0 } },
  ],
  [
    'apply_start',
    { hook: { resource, action: 'create' } },
    { resource: { address, action: 'create', elapsedSeconds: null, id: null } },
  ],
  [
    'apply_progress',
    { hook: { resource, action: 'delete', elapsed_seconds: 10 } },
    { resource: { address, action: 'delete', elapsedSeconds: 10, id: null } },
  ],
  [
    'apply_complete',
    { hook: { resource, action: 'create', id_key: 'id', id_value: '7', elapsed_seconds: 0 } },
    { resource: { address, action: 'create', elapsedSeconds: 0, id: 'id=7' } },
  ],
  [
    'apply_errored',
    { hook: { resource, action: 'update', elapsed_seconds: 1 } },
    { resource: { address, action: 'update', elapsedSeconds: 1, id: null } },
  ],
  [
    'refresh_start',
    { hook: { resource, id_key: 'id', id_value: '7' } },
    { resource: { address, action: 'read', elapsedSeconds: null, id: 'id=7' } },
  ],
  [
    'provision_start',
    { hook: { resource, provisioner: 'local-exec' } },
    { address, provisioner: 'local-exec', output: null },
  ],
  [
    'provision_progress',
    { hook: { resource, provisioner: 'local-exec', output: 'hello' } },
    { address, provisioner: 'local-exec', output: 'hello' },
  ],
  [
    'provision_errored',
    { hook: { resource, provisioner: 'local-exec' } },
    { address, provisioner: 'local-exec', output: null },
  ],
  [
    'diagnostic',
    { diagnostic: { severity: 'warning', summary: 's', detail: 'd' } },
    {
      diagnostic: {
        severity: 'warning',
        summary: 's',
        detail: 'd',
        address: null,
        file: null,
        line: null,
        snippet: null,
        values: [],
      },
    },
  ],
  [
    'outputs',
    {
      outputs: {
        a: { sensitive: true, type: 'string' },
        b: { sensitive: false, type: ['list', 'string'], value: ['x'] },
        c: { sensitive: false, action: 'create' },
      },
    },
    {
      outputs: {
        a: { sensitive: true, type: 'string', value: null },
        b: { sensitive: false, type: ['list', 'string'], value: ['x'] },
        c: { sensitive: false, type: null, value: null },
      },
    },
  ],
  ['log', {}, { level: 'info' }],
];

test.each(table)('%s', (type, body, expected) => {
  expect(parseEvent(JSON.stringify({ ...head, type, ...body }))).toEqual({ type, message: 'm', ...expected });
});

test('progress of init is a log event, with its level', () => {
  const line = { ...head, '@level': 'warn', type: 'init_output', message_code: 'x' };
  expect(parseEvent(JSON.stringify(line))).toEqual({ type: 'log', level: 'warning', message: 'm' });
  expect(parseEvent(JSON.stringify(head))).toEqual({ type: 'log', level: 'info', message: 'm' });
});

describe('what is no known event becomes text, and nothing is lost', () => {
  test.each([
    ['plain text', 'hello', 'hello', 'info'],
    ['an empty line', '', '', 'info'],
    ['broken JSON', '{"@message": "m"', '{"@message": "m"', 'info'],
    ['JSON of something else', '{"a":1}', '{"a":1}', 'info'],
    ['JSON that is no object', '[1]', '[1]', 'info'],
    ['an unknown type', JSON.stringify({ ...head, '@level': 'error', type: 'new' }), 'm', 'error'],
    ['a name that every object has', JSON.stringify({ ...head, type: 'constructor' }), 'm', 'info'],
    ['a type without its body', JSON.stringify({ ...head, type: 'apply_start' }), 'm', 'info'],
    [
      'an unknown action',
      JSON.stringify({ ...head, type: 'apply_start', hook: { resource, action: 'open' } }),
      'm',
      'info',
    ],
  ])('%s', (_, line, message, level) => {
    expect(parseEvent(line)).toEqual({ type: 'text', level, message });
  });

  test('whatever a line holds, it is read', () => {
    const lines = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          '@message': fc.string(),
          type: fc.constantFrom(...table.map(([type]) => type)),
          hook: fc.jsonValue(),
          change: fc.jsonValue(),
          diagnostic: fc.jsonValue(),
        })
        .map(value => JSON.stringify(value)),
    );
    fc.assert(fc.property(lines, line => typeof parseEvent(line).message === 'string'));
  });
});

test('a diagnostic: place, snippet and values; those of the variables file are dropped', () => {
  const diagnostic = {
    severity: 'error',
    summary: 's',
    detail: 'd',
    address: 'x.y',
    range: {
      filename: '/a/variables.json',
      start: { line: 3, column: 1, byte: 9 },
      end: { line: 3, column: 5, byte: 13 },
    },
    snippet: { context: null, code: 'secret', start_line: 3, values: [{ traversal: 'var.x', statement: 'is 3' }] },
  };
  const line = JSON.stringify({ ...head, type: 'diagnostic', diagnostic });
  expect(parseEvent(line, { variablesFile: '/b/variables.json' })).toMatchObject({
    diagnostic: { address: 'x.y', file: '/a/variables.json', line: 3, snippet: 'secret', values: ['var.x is 3'] },
  });
  expect(parseEvent(line, { variablesFile: '/a/variables.json' })).toMatchObject({
    diagnostic: { address: 'x.y', file: null, line: null, snippet: null, values: [] },
  });
});

test('no text of an event is longer than a log entry can carry', async () => {
  const folder = tempDir();
  const long = 'é'.repeat(100_000);
  const event = (type: string, body: object): string => JSON.stringify({ ...head, '@message': long, type, ...body });
  writeFiles(folder, {
    out: [
      long,
      event('log', {}),
      event('provision_progress', { hook: { resource, provisioner: 'local-exec', output: long } }),
      'x'.repeat(3_000_000),
    ].join('\n'),
  });
  const reader = new OutputReader({ path: join(folder, 'out'), ended: Promise.resolve() });
  const events: EngineEvent[] = [];
  for await (const batch of readEvents(reader)) events.push(...batch.events);
  const texts = events.flatMap(({ message, ...rest }) => [message, 'output' in rest ? (rest.output ?? '') : '']);
  expect(Math.max(...texts.map(text => Buffer.byteLength(text)))).toBe(PIECE_BYTES);
  const progress = events.flatMap(each => (each.type === 'provision_progress' ? [each.output] : []));
  expect(progress.join('')).toBe(long);
  const text = events.flatMap(each => (each.type === 'text' ? [each.message] : [])).join('');
  expect(text).toBe(long + 'x'.repeat(3_000_000));
});

test('all that a real run prints is known', async () => {
  const context = await attempt({
    'main.tf': `
variable "fail" {
  default = false
}
resource "terraform_data" "quick" {
  input = "x"
}
resource "terraform_data" "talks" {
  triggers_replace = var.fail
  provisioner "local-exec" {
    command = "echo one; echo two >&2; printf three; test ${'$'}FAIL != true"
    environment = { FAIL = var.fail }
  }
}
check "opinion" {
  assert {
    condition     = var.fail
    error_message = "not failing"
  }
}
output "plain" {
  value = { a = [1, "x"] }
}
`,
  });
  expect(await apply(context)).toMatchObject({ succeeded: true });
  const failing = await attemptAfter(context);
  writeFiles(failing.folder.path, { 'variables.json': '{"fail": true}' });
  expect(await apply(failing)).toMatchObject({ succeeded: false });
  const types = new Set([...context.events, ...failing.events].map(event => event.type));
  expect([...types].sort()).toEqual([
    'apply_complete',
    'apply_errored',
    'apply_start',
    'change_summary',
    'diagnostic',
    'outputs',
    'planned_change',
    'provision_complete',
    'provision_errored',
    'provision_progress',
    'provision_start',
    'refresh_complete',
    'refresh_start',
    'version',
  ]);
  const said = context.events.flatMap(event => (event.type === 'provision_progress' ? [event.output] : []));
  expect(said.slice(1).sort()).toEqual(['one', 'three', 'two']);
});

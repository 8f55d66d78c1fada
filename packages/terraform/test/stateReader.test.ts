import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply, copyValidState, readState, type StateReading } from '../src/index.js';
import { attempt } from './setup.js';

const top = { version: 4, terraform_version: '1.11.4', serial: 3, lineage: 'abc', outputs: {}, resources: [] };

async function readText(text: string | Buffer): Promise<StateReading> {
  const path = join(tempDir(), 'state');
  writeFileSync(path, text);
  return readState(path);
}

const template = `
resource "terraform_data" "counted" {
  count = 2
  input = { text = "with \\"quotes\\", {braces}, \\\\ and é", number = count.index }
}
resource "terraform_data" "keyed" {
  for_each = toset(["a.b", "q\\"u", "$\${x}"])
}
resource "terraform_data" "spoiled" {
  depends_on = [terraform_data.counted]
  provisioner "local-exec" {
    command = "exit 1"
  }
}
module "inner" {
  for_each = toset(["m"])
  source   = "./inner"
}
output "secret" {
  value     = terraform_data.counted[0].output
  sensitive = true
}
output "list" {
  value = ["x", 1, true, null]
}
`;

test('what a real state holds', async () => {
  const context = await attempt({
    'main.tf': template,
    'inner/main.tf': 'resource "terraform_data" "deep" {}\n',
  });
  await apply(context);
  const bytes = readFileSync(context.folder.state);
  const json = JSON.parse(bytes.toString());
  const state = await readState(context.folder.state);
  expect(state).toMatchObject({
    valid: true,
    serial: json.serial,
    lineage: json.lineage,
    engineVersion: context.engine.version,
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  if (!state.valid) return;
  expect(state.outputs).toEqual(
    Object.entries(json.outputs).map(([name, output]) => ({ name, sensitive: false, ...Object(output) })),
  );
  expect(state.outputs.find(output => output.name === 'list')?.value).toEqual(['x', 1, true, null]);
  expect(state.resources.map(resource => [resource.address, resource.tainted])).toEqual(
    expect.arrayContaining([
      ['terraform_data.counted[0]', false],
      ['terraform_data.counted[1]', false],
      ['terraform_data.keyed["a.b"]', false],
      ['terraform_data.keyed["q\\"u"]', false],
      [`terraform_data.keyed["$\${x}"]`, false],
      ['terraform_data.spoiled', true],
      ['module.inner["m"].terraform_data.deep', false],
    ]),
  );
  expect(state.resources.find(resource => resource.name === 'deep')).toEqual({
    address: 'module.inner["m"].terraform_data.deep',
    module: 'module.inner["m"]',
    mode: 'managed',
    type: 'terraform_data',
    name: 'deep',
    provider: 'terraform.io/builtin/terraform',
    tainted: false,
    deposed: null,
  });
  // Every address is one that the engine itself uses.
  const used = new Set(context.events.flatMap(event => ('resource' in event ? [event.resource.address] : [])));
  for (const resource of state.resources) expect(used).toContain(resource.address);

  // Cut anywhere, it is no state; only the line break at its end may be missing.
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: bytes.length - 2 }), async length => {
      expect(await readText(bytes.subarray(0, length))).toEqual({
        valid: false,
        fault: length === 0 ? 'empty' : 'truncated',
      });
    }),
  );
});

describe('resources', () => {
  test('data sources, deposed objects, aliases, and none for what is only begun', async () => {
    const resources = [
      { mode: 'data', type: 'http', name: 'x', provider: 'module.a.provider["r.io/h/http"].west', instances: [{}] },
      { mode: 'managed', type: 't', name: 'begun', provider: 'provider["r.io/h/t"]', instances: [] },
      {
        instances: [{ index_key: 1, status: 'tainted' }, { index_key: 1, deposed: '0a1b' }, { index_key: null }],
        // The engine writes them before the instances; it would read them here too.
        module: 'module.a',
        mode: 'managed',
        type: 't',
        name: 'x',
        provider: 'provider["r.io/h/t"]',
      },
    ];
    const state = await readText(JSON.stringify({ ...top, resources }));
    expect(
      state.valid &&
        state.resources.map(({ address, provider, tainted, deposed }) => [address, provider, tainted, deposed]),
    ).toEqual([
      ['data.http.x', 'r.io/h/http', false, null],
      ['module.a.t.x[1]', 'r.io/h/t', true, null],
      ['module.a.t.x[1]', 'r.io/h/t', false, '0a1b'],
      ['module.a.t.x', 'r.io/h/t', false, null],
    ]);
  });

  test('what is not wanted is not collected', async () => {
    const path = join(tempDir(), 'state');
    writeFileSync(
      path,
      JSON.stringify({
        ...top,
        outputs: { a: { value: 1, type: 'number' } },
        resources: [{ type: 't', name: 'x', instances: [{}] }],
      }),
    );
    expect(await readState(path, { outputs: false, resources: false })).toMatchObject({
      valid: true,
      outputs: [],
      resources: [],
    });
    expect(await readState(path)).toMatchObject({ outputs: [{ name: 'a' }], resources: [{ name: 'x' }] });
  });

  test('a name in them that means something at the top means nothing there', async () => {
    const decoy = { serial: 99, lineage: 'x', outputs: { o: { value: 1 } }, resources: [{ instances: [{}] }] };
    const resources = [
      { mode: 'managed', type: 't', name: 'n', provider: 'p', ...decoy, instances: [{ attributes: decoy, ...decoy }] },
    ];
    const state = await readText(JSON.stringify({ ...top, resources }));
    expect(state).toMatchObject({ valid: true, serial: 3, lineage: 'abc', outputs: [], resources: [{ name: 'n' }] });
  });
});

test('any state reads as JSON.parse reads it', async () => {
  const output = fc.record({
    value: fc.jsonValue({ maxDepth: 3 }),
    type: fc.constantFrom('string', ['list', 'string']),
    sensitive: fc.boolean(),
  });
  const state = fc.record({
    serial: fc.nat(),
    lineage: fc.string({ unit: 'grapheme', minLength: 1 }),
    outputs: fc.dictionary(fc.string({ unit: 'grapheme' }), output, { maxKeys: 4 }),
    resources: fc.array(
      fc.record({
        type: fc.constant('t'),
        name: fc.string({ unit: 'grapheme' }),
        instances: fc.array(fc.record({ index_key: fc.oneof(fc.nat(), fc.string()), attributes: fc.jsonValue() })),
      }),
    ),
    check_results: fc.jsonValue(),
  });
  const path = join(tempDir(), 'state');
  await fc.assert(
    fc.asyncProperty(state, fc.boolean(), async (value, pretty) => {
      writeFileSync(path, JSON.stringify(value, null, pretty ? 2 : 0));
      const parsed = JSON.parse(readFileSync(path, 'utf8'));
      const reading = await readState(path);
      expect(reading).toMatchObject({ valid: true, serial: parsed.serial, lineage: parsed.lineage });
      if (!reading.valid) return;
      expect(Object.fromEntries(reading.outputs.map(({ name, ...rest }) => [name, rest]))).toEqual(parsed.outputs);
      expect(reading.resources.map(resource => resource.name)).toEqual(
        value.resources.flatMap(resource => resource.instances.map(() => JSON.parse(JSON.stringify(resource.name)))),
      );
    }),
  );
});

describe('what is no state', () => {
  test.each([
    ['', 'empty'],
    ['{', 'truncated'],
    [JSON.stringify(top).slice(0, -1), 'truncated'],
    ['not JSON', 'malformed'],
    [`${JSON.stringify(top)}}`, 'malformed'],
    [`${JSON.stringify(top)}${JSON.stringify(top)}`, 'malformed'],
    [Buffer.alloc(4096), 'malformed'],
    ['[]', 'not_a_state'],
    ['null', 'not_a_state'],
    [JSON.stringify({ ...top, serial: undefined }), 'not_a_state'],
    [JSON.stringify({ ...top, serial: '3' }), 'not_a_state'],
    [JSON.stringify({ ...top, serial: 1.5 }), 'not_a_state'],
    [JSON.stringify({ ...top, lineage: '' }), 'not_a_state'],
    [JSON.stringify({ ...top, lineage: null }), 'not_a_state'],
    [JSON.stringify({ inner: top }), 'not_a_state'],
  ])('%j: %s', async (text, fault) => {
    expect(await readText(text)).toEqual({ valid: false, fault });
  });

  test('a link, a pipe or a folder in its place', async () => {
    const folder = tempDir();
    const place = (name: string): string => join(folder, name);
    writeFileSync(place('state'), JSON.stringify(top));
    symlinkSync('state', place('link'));
    execFileSync('mkfifo', [place('pipe')]);
    mkdirSync(place('folder'));
    for (const name of ['link', 'pipe', 'folder']) {
      expect(await readState(place(name))).toEqual({ valid: false, fault: 'not_a_state' });
    }
  });

  test('a file that is not there', async () => {
    expect(await readState(join(tempDir(), 'none'))).toEqual({ valid: false, fault: 'missing' });
  });

  test('a file that is written to while it is read, even if it ends as long as it was', async () => {
    const path = join(tempDir(), 'state');
    writeFileSync(path, JSON.stringify({ ...top, padding: 'x'.repeat(600_000) }));
    let chunks = 0;
    const spoil = async (): Promise<void> => {
      if (chunks++ === 0) writeFileSync(path, JSON.stringify({ ...top, padding: 'y'.repeat(600_000) }));
    };
    expect(await readState(path, { onChunk: spoil })).toEqual({ valid: false, fault: 'changed' });
    expect(await readState(path, { onChunk: async () => appendFileSync(path, '\n') })).toEqual({
      valid: false,
      fault: 'changed',
    });
    expect(await readState(path)).toMatchObject({ valid: true });
  });
});

test('of a key that comes twice the last one counts', async () => {
  const text = `{"serial":1,"lineage":"a","outputs":{"x":{"value":1,"type":"number"}},"resources":[{"type":"t","name":"old","instances":[{}]}],"serial":2,"outputs":{"y":{"value":2,"type":"number"}},"resources":[{"type":"t","name":"new","instances":[{}],"name":"newer"}],"lineage":"b"}`;
  expect(await readText(text)).toMatchObject({
    serial: 2,
    lineage: 'b',
    outputs: [{ name: 'y' }],
    resources: [{ address: 't.newer' }],
  });
});

describe('copyValidState', () => {
  test('copies a valid state, for its owner alone', async () => {
    const folder = tempDir();
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    writeFileSync(from, JSON.stringify(top));
    expect(await copyValidState(from, to)).toMatchObject({ valid: true, serial: 3 });
    expect(readFileSync(to)).toEqual(readFileSync(from));
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(existsSync(`${to}.new`)).toBe(false);
  });

  test.each(['', JSON.stringify(top).slice(0, -1)])('leaves the last copy where the state is %j', async text => {
    const folder = tempDir();
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    writeFileSync(to, 'the last copy');
    writeFileSync(from, text);
    expect(await copyValidState(from, to)).toMatchObject({ valid: false });
    expect(readFileSync(to, 'utf8')).toBe('the last copy');
    expect(existsSync(`${to}.new`)).toBe(false);
  });

  test('is not held up by a copy that was given up half-way', async () => {
    const folder = tempDir();
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    writeFileSync(from, JSON.stringify(top));
    writeFileSync(`${to}.new`, 'half', { mode: 0o644 });
    await copyValidState(from, to);
    expect(readFileSync(to)).toEqual(readFileSync(from));
    expect(statSync(to).mode & 0o777).toBe(0o600);
  });
});

test('a large state is read without being held', async () => {
  const path = join(tempDir(), 'state');
  const instance = JSON.stringify({ schema_version: 0, attributes: { text: 'some "text" '.repeat(400) } });
  const resource = (i: number): string =>
    `{"mode":"managed","type":"t","name":"r${i}","provider":"p","instances":[${Array(10).fill(instance).join(',')}]}`;
  writeFileSync(path, '{"serial":1,"lineage":"l","resources":[');
  for (let i = 0; i < 600; i++) appendFileSync(path, `${i === 0 ? '' : ','}${resource(i)}`);
  appendFileSync(path, ']}');
  expect(statSync(path).size).toBeGreaterThan(30_000_000);
  const before = process.memoryUsage();
  const state = await readState(path);
  const after = process.memoryUsage();
  expect(state.valid && state.resources.length).toBe(6_000);
  expect(after.arrayBuffers + after.heapTotal - before.arrayBuffers - before.heapTotal).toBeLessThan(20_000_000);
});

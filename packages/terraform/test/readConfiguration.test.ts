import { tempDir } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { apply, type Configuration, type EngineName, readConfiguration, readState } from '../src/index.js';
import { attempt, writeFiles } from './setup.js';

async function read(files: Record<string, string>, engine: EngineName = 'terraform'): Promise<Configuration> {
  const folder = tempDir();
  writeFiles(folder, files);
  return readConfiguration(folder, engine);
}

test('variables come in the order in which they are declared: files by name, then from top to bottom', async () => {
  const { variables } = await read({
    'a.tf':
      '# variable "m" {}\nvariable "z" {}\nvariable  b {\n  type = string\n}\n/* */ variable "y" {}\n\tvariable "m" {}\n',
    'b.tf.json': '{"variable": {"q": {}, "c": {}}}',
    'z_override.tf': 'variable "m" {\n  default = 1\n}\n',
  });
  expect(variables.map(({ name }) => name)).toEqual(['z', 'b', 'm', 'y', 'q', 'c']);
});

test('everything that a root module says of itself', async () => {
  const configuration = await read({
    'main.tf': `
terraform {
  required_version = ">= 1.3"
  required_providers {
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
    old = "~> 1.0"
    bare = {}
  }
  backend "s3" {
    bucket = "b"
  }
}
variable "name" {
  type        = string
  description = "What it is called, as in $\${name}"
  sensitive   = true
  nullable    = false
  validation {
    condition     = length(var.name) > 3 && can(regex("^[a-z]+\\"$", var.name))
    error_message = "Too \\"short\\"."
  }
  validation {
    condition     = var.name != "x"
    error_message = "\${var.name} is taken."
  }
}
resource "terraform_data" "main" {}
output "where" {
  value       = "there"
  description = <<-EOT
    Where
      it is
  EOT
}
`,
    'more.tf': `
terraform {
  required_version = "< 99"
}
variable "token" {
  ephemeral = true
}
output "secret" {
  value     = "s"
  sensitive = true
}
`,
  });
  // What it makes use of: see policy.test.ts.
  expect({ ...configuration, uses: [] }).toEqual({
    uses: [],
    variables: [
      {
        name: 'name',
        type: 'string',
        typeSource: 'string',
        hasDefault: false,
        default: null,
        defaultSource: null,
        description: `What it is called, as in \${name}`,
        sensitive: true,
        nullable: false,
        ephemeral: false,
        validations: [
          {
            condition: 'length(var.name) > 3 && can(regex("^[a-z]+\\"$", var.name))',
            message: 'Too "short".',
          },
          { condition: 'var.name != "x"', message: `\${var.name} is taken.` },
        ],
      },
      {
        name: 'token',
        type: 'dynamic',
        typeSource: 'any',
        hasDefault: false,
        default: null,
        defaultSource: null,
        description: null,
        sensitive: false,
        nullable: true,
        ephemeral: true,
        validations: [],
      },
    ],
    outputs: [
      { name: 'secret', description: null, sensitive: true },
      { name: 'where', description: 'Where\n  it is\n', sensitive: false },
    ],
    requiredVersions: ['>= 1.3', '< 99'],
    requiredProviders: [
      { name: 'bare', source: null, version: null },
      { name: 'old', source: null, version: '~> 1.0' },
      { name: 'time', source: 'hashicorp/time', version: '~> 0.13' },
    ],
    backend: { type: 's3', file: 'main.tf', override: false },
  });
});

describe('types', () => {
  const types: [string, unknown][] = [
    ['string', 'string'],
    ['number', 'number'],
    ['bool', 'bool'],
    ['any', 'dynamic'],
    ['list(any)', ['list', 'dynamic']],
    ['set(string)', ['set', 'string']],
    ['map(list(number))', ['map', ['list', 'number']]],
    ['tuple([string, list(bool)])', ['tuple', ['string', ['list', 'bool']]]],
    ['tuple([])', ['tuple', []]],
    ['object({})', ['object', {}]],
    ['object({ a = string, "b c" = number })', ['object', { a: 'string', 'b c': 'number' }]],
    [
      'object({ a = optional(string), b = optional(list(string), ["x"]), c = object({ d = optional(any, {}) }) })',
      [
        'object',
        { a: 'string', b: ['list', 'string'], c: ['object', { d: 'dynamic' }, ['d'], { d: {} }] },
        ['a', 'b'],
        { b: ['x'] },
      ],
    ],
    [
      'object({\n    # a comment, with { and }\n    a = string // and another\n    b = bool\n  })',
      ['object', { a: 'string', b: 'bool' }],
    ],
    ['object({ größe = number })', ['object', { größe: 'number' }]],
  ];

  test('in native and in JSON syntax, bare and as an expression, with the source text', async () => {
    const names = (prefix: string): string[] => types.map((_, i) => `${prefix}${String(i).padStart(2, '0')}`);
    const json = (prefix: string, write: (type: string) => string): Record<string, { type: string }> =>
      Object.fromEntries(types.map(([type], i) => [names(prefix)[i], { type: write(type) }]));
    const { variables } = await read({
      'a.tf': types.map(([type], i) => `variable "${names('a')[i]}" {\n  type = ${type}\n}\n`).join(''),
      'b.tf.json': JSON.stringify({ variable: json('b', type => type) }),
      'c.tf.json': JSON.stringify({ variable: [json('c', type => `\${${type}}`)] }),
      'old.tf': 'variable "old" {\n  type = "string"\n}\n',
    });
    const byName = new Map(variables.map(variable => [variable.name, variable]));
    for (const prefix of ['a', 'b', 'c']) {
      const found = names(prefix).map(name => byName.get(name));
      expect(found.map(variable => variable?.type)).toEqual(types.map(([, type]) => type));
      expect(found.map(variable => variable?.typeSource)).toEqual(types.map(([source]) => source));
    }
    expect(byName.get('old')).toMatchObject({ type: 'string', typeSource: 'string' });
  });
});

/** Defaults, each as it is written. What they are is for terraform to say. */
const defaults = [
  'null',
  '"plain"',
  '""',
  '5',
  '-1.50',
  '1e3',
  'true',
  '[]',
  '{}',
  '["a", "b"]',
  '{ a = "x", "b c" = "y", (true) = "z" }',
  '"a\\n\\t\\"quoted\\" \\\\ \\u00e9"',
  `"$\${not.an.expression} and %%{ this } $\${"`,
  `<<EOT\nraw \\n $\${x} "y"\n  indented\nEOT`,
  '<<-EOT\n    one\n      two\n  EOT',
  '60 * 60 * 24',
  '(5)',
  '-(2 + 3) / 2',
  '0.1 + 0.2',
  '7 % 4',
  `"\${1 + 1}"`,
  `"a\${1}b\${true}"`,
  `"\${"nested"} \\\\n $\${x}"`,
  '"%{ if 1 < 2 }yes%{ else }no%{ endif }"',
  '1 == 1 && !(2 >= 3) || false ? "yes" : "no"',
  `{ "k\${1}" = { deep = [1, [2, 3 - 1]] } }`,
].map(text => text.replaceAll(`\\\${`, `\${`));

describe('defaults', () => {
  test('are what terraform makes of them', async () => {
    const text = defaults.map((source, i) => `variable "v${i}" {\n  default = ${source}\n}\n`).join('');
    const outputs = defaults.map((_, i) => `output "v${i}" {\n  value = [var.v${i}]\n}\n`).join('');
    const context = await attempt({ 'main.tf': text + outputs });
    expect(await apply(context)).toMatchObject({ succeeded: true });
    const state = await readState(context.folder.state);
    const real = new Map(state.valid ? state.outputs.map(output => [output.name, output.value]) : []);
    const { variables } = await readConfiguration(context.folder.work, 'terraform');
    expect(variables).toHaveLength(defaults.length);
    for (const variable of variables) {
      expect({ name: variable.name, value: [variable.default] }).toEqual({
        name: variable.name,
        value: real.get(variable.name),
      });
      expect(variable).toMatchObject({ hasDefault: true, defaultSource: null });
    }
  });

  test('are turned into the type as terraform does it', async () => {
    const typed = [
      ['number', '"5"', 5],
      ['bool', '"true"', true],
      ['string', '5', '5'],
      ['string', 'false', 'false'],
      ['list(number)', '["1", 2]', [1, 2]],
      ['map(string)', '{ a = 1 }', { a: '1' }],
      ['tuple([string, number])', '[1, "2"]', ['1', 2]],
      ['object({ a = number })', '{ a = "1" }', { a: 1 }],
      ['number', 'null', null],
    ] as const;
    const text = typed.map(([type, value], i) => `variable "v${i}" {\n  type = ${type}\n  default = ${value}\n}\n`);
    const outputs = typed.map((_, i) => `output "v${i}" {\n  value = [var.v${i}]\n}\n`);
    const context = await attempt({ 'main.tf': [...text, ...outputs].join('') });
    expect(await apply(context)).toMatchObject({ succeeded: true });
    const state = await readState(context.folder.state);
    const real = state.valid ? state.outputs.map(output => output.value) : [];
    const { variables } = await readConfiguration(context.folder.work, 'terraform');
    expect(variables.map(variable => [variable.default])).toEqual(real);
    expect(variables.map(variable => variable.default)).toEqual(typed.map(([, , value]) => value));
  });

  test('that only the engine can work out are given as source text', async () => {
    const { variables } = await read({
      'main.tf': `
variable "loop" {
  default = [for x in [1, 2] : x * 2]
}
variable "two_types" {
  default = true ? ["yes", 2] : []
}
`,
    });
    expect(variables).toMatchObject([
      { hasDefault: true, default: null, defaultSource: '[for x in [1, 2] : x * 2]' },
      { hasDefault: true, default: null, defaultSource: 'true ? ["yes", 2] : []' },
    ]);
  });

  test('in JSON are literal', async () => {
    const text = `\${a} %{ b } $$`;
    const literal = { [text]: text };
    const { variables } = await read({
      'main.tf.json': JSON.stringify({ variable: { v: { default: literal } } }),
    });
    expect(variables[0]?.default).toEqual(literal);
  });
});

describe('files', () => {
  test('override files change what they name, in the order of their names', async () => {
    const configuration = await read({
      'main.tf':
        'terraform {\n  required_version = ">= 1"\n  backend "s3" {}\n}\nvariable "v" {\n  type = number\n  default = 1\n  description = "kept"\n}\noutput "o" {\n  value = 1\n  description = "first"\n}\n',
      'b_override.tf': 'terraform {\n  required_version = ">= 3"\n}\nvariable "v" {\n  default = 3\n}\n',
      'a_override.tf.json':
        '{"variable": {"v": {"default": 2, "sensitive": true}}, "terraform": {"required_version": ">= 2", "backend": {"local": {}}}, "output": {"o": {"sensitive": true}}}',
      'override.tf': 'variable "new" {}\n',
    });
    expect(configuration.variables).toMatchObject([{ name: 'v', default: 3, sensitive: true, description: 'kept' }]);
    expect(configuration.outputs).toEqual([{ name: 'o', description: 'first', sensitive: true }]);
    expect(configuration.requiredVersions).toEqual(['>= 3']);
    expect(configuration.backend).toEqual({ type: 'local', file: 'a_override.tf.json', override: true });
  });

  test('only tofu reads .tofu files, in place of the .tf files of their names', async () => {
    const files = {
      'a.tf': 'variable "a" {\n  default = "tf"\n}\n',
      'a.tofu': 'variable "a" {\n  default = "tofu"\n}\n',
      'b.tf.json': '{"variable": {"b": {"default": "tf"}}}',
      'b.tofu.json': '{"variable": {"b": {"default": "tofu"}}}',
      'c.tofu': 'variable "c" {}\n',
    };
    const names = (configuration: Configuration): unknown =>
      configuration.variables.map(variable => [variable.name, variable.default]);
    expect(names(await read(files))).toEqual([
      ['a', 'tf'],
      ['b', 'tf'],
    ]);
    expect(names(await read(files, 'tofu'))).toEqual([
      ['a', 'tofu'],
      ['b', 'tofu'],
      ['c', null],
    ]);
    await expect(read({ 'c.tofu': '' })).rejects.toMatchObject({ code: 'no_configuration' });
  });

  test('hidden files, those of editors, folders and other kinds are not read', async () => {
    const files = {
      'main.tf': '',
      '.hidden.tf': 'broken {',
      'main.tf~': 'broken {',
      '#main.tf#': 'broken {',
      'main.tftest.hcl': 'broken {',
      'modules.tf/inner.tf': 'broken {',
      'module/main.tf': 'broken {',
    };
    expect((await read(files)).variables).toEqual([]);
  });

  test('a folder without a configuration is an error with a hint', async () => {
    await expect(read({ 'README.md': '', 'sub/main.tf': '' })).rejects.toMatchObject({
      code: 'no_configuration',
      hint: expect.stringContaining('.tf'),
    });
  });
});

test('every syntax error is told with its file and line', async () => {
  await expect(
    read({
      'a.tf': 'variable "x" {\n  default = \n}\n',
      'b.tf': 'variable "y" {}\n',
      'c.tf': 'variable "z" {\n  default = "unclosed\n}\n',
      'd.tf.json': '{\n  "variable": {\n    "w": ]\n  }\n}\n',
      'e.tf.json': '{ "variable": {',
    }),
  ).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: 'd.tf.json line 3: Invalid JSON',
    diagnostics: expect.arrayContaining([
      expect.objectContaining({ file: 'a.tf', line: 2, summary: 'Invalid expression' }),
      expect.objectContaining({ file: 'c.tf', line: 2, summary: 'Invalid multi-line string' }),
      expect.objectContaining({ file: 'd.tf.json', line: 3, summary: 'Invalid JSON' }),
      expect.objectContaining({ file: 'e.tf.json', line: 1 }),
    ]),
  });
});

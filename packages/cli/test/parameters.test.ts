import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { parameterQuestion, readParameterAnswer } from '../src/ask/parameterQuestion.js';
import { makeColours } from '../src/output/colour.js';
import { givenParameters, readTexts } from '../src/parameters/givenParameters.js';
import { readValuesFile } from '../src/parameters/valuesFile.js';
import { readVariables } from '../src/push/variables.js';
import { createSummary } from '../src/show/createSummary.js';
import { sampleVariable, sampleVersion } from './sampleJob.js';

const size = sampleVariable({
  name: 'size',
  type: 'number',
  description: 'How many',
  hasDefault: true,
  default: 2,
  validations: [{ condition: 'var.size >= 1 && var.size <= 20', message: 'From 1 to 20.' }],
});
const languages = sampleVariable({ name: 'languages', type: ['list', 'string'], hasDefault: true, default: ['en'] });
const owner = sampleVariable({ name: 'owner' });
const secret = sampleVariable({ name: 'secret', type: 'number', sensitive: true });

test('a question shows name, type, description and the default as it would be typed', () => {
  expect(parameterQuestion(size)).toEqual({
    message: 'size (number) – How many:',
    defaultText: '2',
    sensitive: false,
  });
  expect(parameterQuestion(languages)).toMatchObject({
    message: 'languages (list(string), as JSON):',
    defaultText: '["en"]',
  });
  expect(parameterQuestion(owner).defaultText).toBeNull();
});

test.each([
  [size, '', { keepDefault: true }],
  [size, '3', { value: 3 }],
  [size, 'x', { error: "'x' is not a number" }],
  [size, '21', { error: 'From 1 to 20.' }],
  [languages, '["de"]', { value: ['de'] }],
  [languages, 'de', { error: "'de' is not a list(string) (write it as JSON)" }],
  [languages, '[1, {}]', { error: "'[1, {}]'[1] must be a string" }],
  [owner, '', { error: 'A value is needed ("" for an empty one).' }],
  [owner, '""', { value: '' }],
  [owner, '42', { value: '42' }],
  [sampleVariable({ hasDefault: true, default: 'x', nullable: false }), '', { keepDefault: true }],
])('an answer is read by the type of its variable: %#', async (variable, text, answer) => {
  expect(await readParameterAnswer(variable, text)).toEqual(answer);
});

test('--parameter is read by the declared type; what is not declared stays text', () => {
  expect(readTexts(['size=3', 'languages=["de"]', 'owner=a=b', 'new=1'], [size, languages, owner])).toEqual({
    values: { size: 3, languages: ['de'], owner: 'a=b', new: '1' },
    unreadable: [],
  });
  expect(() => readTexts(['hunter2'], [secret])).toThrow('--parameter needs NAME=VALUE');
});

test('what cannot be read is told with everything else that is wrong, and without a secret', async () => {
  const flags = { parameter: ['size=big', 'secret=hunter2', 'ownr=ada'], 'parameters-file': undefined };
  await expect(givenParameters(flags, [size, languages, owner, secret])).rejects.toMatchObject({
    code: 'invalid_parameter',
    message: '4 parameters are not right',
    hint: 'The template has: size, languages, owner, secret.',
    fields: {
      'parameters.size': "'big' is not a number",
      'parameters.secret': 'the value is not a number',
      'parameters.ownr': "unknown; did you mean 'owner'?",
      'parameters.owner': 'needs a value of type string',
    },
  });
  // The build before had one.
  const before = [{ name: 'owner', value: 'ada', sensitive: false, isDefault: false, ephemeral: false }];
  await expect(givenParameters({ ...flags, parameter: ['size=big'] }, [size, owner], before)).rejects.toMatchObject({
    message: "parameter 'size': 'big' is not a number",
  });
});

test('a parameters file is read by its name, and --parameter goes before it', async () => {
  const zone = sampleVariable({ name: 'zone' });
  const files = {
    'p.tfvars': 'size = 3 # three\nlanguages = ["de", "en"]\nowner = <<-EOT\n  ada\n  EOT\nzone = "1.10"\n',
    'p.yaml': 'size: 3\nlanguages: [de, en]\nowner: |\n  ada\nzone: 1.10\n',
    'p.json': '{"size": 3, "languages": ["de", "en"], "owner": "ada\\n", "zone": "1.10"}',
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(tempDir(), name);
    writeFileSync(file, text);
    const flags = { parameter: ['size=4'], 'parameters-file': file };
    expect(await givenParameters(flags, [size, languages, owner, zone])).toEqual({
      size: 4,
      languages: ['de', 'en'],
      owner: 'ada\n',
      zone: '1.10',
    });
  }
});

test.each([
  ['size = 3\nsize = 4\n', /p.tfvars line 2: /],
  ['size = file("x")\n', /p.tfvars: the value of 'size' is no constant/],
  ['size: 3\n', /p.tfvars line 1: /],
  ['tags = { __proto__ = "x" }\n', /p.tfvars: '__proto__' cannot be a name in it/],
])('a .tfvars file of %j is refused', async (text, message) => {
  const file = join(tempDir(), 'p.tfvars');
  writeFileSync(file, text);
  await expect(readValuesFile(file, '--parameters-file')).rejects.toThrow(message);
});

test('the summary before a create shows every open parameter, and never a secret', () => {
  const version = sampleVersion({ variables: [size, languages, owner, secret], pinned: ['languages'] });
  expect(createSummary('dev', version, { owner: 'ada', secret: 7 }, makeColours(false))).toBe(
    [
      'Workspace dev of template scratch (version v1)',
      '  size    2 (default)',
      '  owner   ada',
      '  secret  (sensitive)',
    ].join('\n'),
  );
});

test('--variable is typed by the version before, else only lists and objects are JSON', () => {
  const texts = ['size=3', 'zip=007', 'on=true', 'tags=["a"]', 'object={"a":1}', 'odd=[not json', 'eq=a=b'];
  expect(readVariables(texts, [size])).toEqual({
    size: 3,
    zip: '007',
    on: 'true',
    tags: ['a'],
    object: { a: 1 },
    odd: '[not json',
    eq: 'a=b',
  });
  expect(readVariables(['text=["a"]'], [sampleVariable({ name: 'text' })])).toEqual({ text: '["a"]' });
  // Its type may have changed with the folder that is pushed.
  expect(readVariables(['size=big'], [size])).toEqual({ size: 'big' });
});

test.each([
  ['variables.json', '{"region": "eu", "sizes": [1, 2], "none": null}'],
  ['variables.yaml', '# comment\nregion: eu\nsizes:\n  - 1\n  - 2\nnone: null\n'],
])('a variables file may be %s', async (name, text) => {
  const file = join(tempDir(), name);
  writeFileSync(file, text);
  expect(await readValuesFile(file, '--variables-file')).toEqual({ region: 'eu', sizes: [1, 2], none: null });
});

test.each([
  ['[1]', 'must hold one object'],
  ['just text', 'must hold one object'],
  ['a: [1', 'is neither JSON nor YAML'],
  ['', 'must hold one object'],
])('a variables file of %j is refused', async (text, message) => {
  const file = join(tempDir(), 'f');
  writeFileSync(file, text);
  await expect(readValuesFile(file, '--variables-file')).rejects.toThrow(message);
});

test.each([
  ['{"__proto__": 1}', "'__proto__' cannot be a name in it"],
  ['m: {__proto__: 1}', "'__proto__' cannot be a name in it"],
  ['a: 1\na: 2\n', 'is neither JSON nor YAML: Map keys must be unique'],
  ['a: *b\n', 'cannot be read: Unresolved alias'],
  [aliasesOfAliases(), 'cannot be read: Excessive alias count'],
])('a parameters file that would not arrive as it is written is refused: %#', async (text, message) => {
  const file = join(tempDir(), 'f');
  writeFileSync(file, text);
  await expect(readValuesFile(file, '--parameters-file')).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(message),
  });
  expect(() => readTexts(['__proto__=1'], [])).toThrow("no variable can be called '__proto__'");
});

/** A few lines that would be millions of values. */
function aliasesOfAliases(): string {
  const names = [...'abcdefgh'];
  const lines = names.map((name, index) => {
    const of = index === 0 ? 'x' : `*${names[index - 1]}`;
    return `${name}: &${name} [${Array(9).fill(of).join(', ')}]`;
  });
  return lines.join('\n');
}

test('a parameters file of another encoding is refused, not read with other letters', async () => {
  const file = join(tempDir(), 'f');
  writeFileSync(file, Buffer.from('owner: caf\u00e9\n', 'latin1'));
  await expect(readValuesFile(file, '--parameters-file')).rejects.toThrow(`${file} is not UTF-8 text`);
});

test('numbers of a file keep all of their digits', async () => {
  const file = join(tempDir(), 'f');
  writeFileSync(file, '{"size": 12345678901234567890.5, "list": [9007199254740993, 2], "small": 1.5, "hex": 0x10}');
  expect(await readValuesFile(file, '--parameters-file')).toEqual({
    size: '12345678901234567890.5',
    list: ['9007199254740993', 2],
    small: 1.5,
    hex: 16,
  });
});

test('a variables file that is not there is refused', async () => {
  await expect(readValuesFile('/not/there', '--variables-file')).rejects.toThrow(
    'cannot read --variables-file /not/there',
  );
});

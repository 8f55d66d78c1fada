import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { needsAnswer } from '../src/ask/needsAnswer.js';
import { parameterQuestion, readParameterAnswer } from '../src/ask/parameterQuestion.js';
import { readParameters } from '../src/flags/parameters.js';
import { makeColours } from '../src/output/colour.js';
import { readVariables, readVariablesFile } from '../src/push/variables.js';
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
  expect(readParameters(['size=3', 'languages=["de"]', 'owner=a=b', 'new=1'], [size, languages, owner])).toEqual({
    size: 3,
    languages: ['de'],
    owner: 'a=b',
    new: '1',
  });
});

test('a wrong --parameter names the parameter; the value of a sensitive one is not repeated', () => {
  expect(() => readParameters(['size=big'], [size])).toThrow("parameter 'size': 'big' is not a number");
  expect(() => readParameters(['secret=hunter2'], [secret])).not.toThrow('hunter2');
  expect(() => readParameters(['secret=hunter2'], [secret])).toThrow("parameter 'secret'");
  expect(() => readParameters(['hunter2'], [secret])).toThrow('--parameter needs NAME=VALUE');
});

test.each([
  ['no default, not given before', owner, [], true],
  ['a default, not given before', size, [], false],
  ['given before', owner, [{ name: 'owner', value: 'x', sensitive: false, isDefault: false }], false],
  ['left at its default before', size, [{ name: 'size', value: null, sensitive: false, isDefault: true }], false],
  ['another type now', size, [{ name: 'size', value: 'big', sensitive: false, isDefault: false }], true],
  ['sensitive, so not known', secret, [{ name: 'secret', value: null, sensitive: true, isDefault: false }], false],
])('whether an update must ask: %s', (_, variable, before, asks) => {
  expect(needsAnswer(variable, before)).toBe(asks);
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
  expect(await readVariablesFile(file)).toEqual({ region: 'eu', sizes: [1, 2], none: null });
});

test.each([
  ['[1]', 'must hold one object'],
  ['just text', 'must hold one object'],
  ['a: [1', 'is neither JSON nor YAML'],
  ['', 'must hold one object'],
])('a variables file of %j is refused', async (text, message) => {
  const file = join(tempDir(), 'f');
  writeFileSync(file, text);
  await expect(readVariablesFile(file)).rejects.toThrow(message);
});

test('a variables file that is not there is refused', async () => {
  await expect(readVariablesFile('/not/there')).rejects.toThrow('cannot read --variables-file /not/there');
});

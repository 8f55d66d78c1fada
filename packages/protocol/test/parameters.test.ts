import { declaredVariable } from '@berth/testkit';
import { expect, test } from 'vitest';
import {
  checkParameters,
  convertValue,
  findProblems,
  formatType,
  nearestName,
  readValue,
  type TypeConstraint,
} from '../src/index.js';

const size = declaredVariable('size', {
  type: 'number',
  validations: [{ condition: 'var.size < 10', message: 'The size must be below 10.' }],
});
const token = declaredVariable('token', { sensitive: true, nullable: false });
const region = declaredVariable('region', { hasDefault: true, default: 'eu', nullable: false });

test('everything that is wrong is told at once, by name and without values', async () => {
  const given = { size: 4711, token: null, regoin: 'hunter2' };
  await expect(checkParameters([size, token, region], given)).rejects.toMatchObject({
    code: 'invalid_parameter',
    message: '3 parameters are not right',
    hint: 'The template has: size, token, region.',
    fields: {
      'parameters.size': 'The size must be below 10.',
      'parameters.token': 'must not be null',
      'parameters.regoin': "unknown; did you mean 'region'?",
    },
  });
  expect(await findProblems([size, token], { size: 'hunter2' })).toEqual([
    { name: 'size', code: 'invalid_parameter', text: 'the value must be a number (its type is number)' },
    { name: 'token', code: 'missing_parameter', text: 'needs a value of type string' },
  ]);
});

test.each([
  [{}, 'missing_parameter', "the template needs 'size', 'token'"],
  [{ size: 1, token: 'x', colour: 'red' }, 'unknown_parameter', "the template has no parameter 'colour'"],
  [{ size: 11, token: 'x' }, 'invalid_parameter', "parameter 'size': The size must be below 10."],
])('problems of one kind are called by it: %j', async (given, code, message) => {
  await expect(checkParameters([size, token], given)).rejects.toMatchObject({ code, message });
});

test('what is right passes; null stands for the default of what takes no null', async () => {
  await checkParameters([size, token], { size: '1', token: 'x' });
  await checkParameters([region], {});
  await checkParameters([region], { region: null });
  await checkParameters([size], { size: null }).catch(error => expect(error.code).toBe('invalid_parameter'));
  await expect(checkParameters([token], { token: 'x'.repeat(600_000) })).rejects.toMatchObject({
    code: 'limit_exceeded',
  });
});

test('an ephemeral one that is missing says why it is asked for again', async () => {
  await expect(checkParameters([declaredVariable('pin', { ephemeral: true })], {})).rejects.toMatchObject({
    fields: { 'parameters.pin': 'needs a value of type string at each build: it is ephemeral, and never kept' },
  });
});

const sized: TypeConstraint = [
  'object',
  { name: 'string', size: 'number', more: ['object', { on: 'bool' }, ['on'], { on: true }] },
  ['size', 'more'],
  { size: 5, more: {} },
];

test('defaults of optional attributes count in validations, and are part of the type as it is shown', async () => {
  expect(convertValue(sized, { name: 'a', size: null })).toEqual({ name: 'a', size: 5, more: { on: true } });
  expect(formatType(sized)).toBe(
    'object({ name = string, size = optional(number, 5), more = optional(object({ on = optional(bool, true) }), {}) })',
  );
  const disk = declaredVariable('disk', {
    type: sized,
    validations: [{ condition: 'var.disk.size != null && var.disk.size <= 5', message: 'At most 5.' }],
  });
  expect(await findProblems([disk], { disk: { name: 'a' } })).toEqual([]);
  expect(await findProblems([disk], { disk: { name: 'a', size: 6 } })).toMatchObject([{ text: 'At most 5.' }]);
});

test('a set holds each member once', async () => {
  const few = declaredVariable('few', {
    type: ['set', 'number'],
    validations: [{ condition: 'length(var.few) <= 2', message: 'At most two.' }],
  });
  expect(await findProblems([few], { few: [1, 2, '2'] })).toEqual([]);
  expect(await findProblems([few], { few: [1, 2, 3] })).toMatchObject([{ text: 'At most two.' }]);
});

test.each<[TypeConstraint, string, unknown]>([
  [['list', 'string'], '["a", "b",]', ['a', 'b']],
  [['map', 'number'], '{ a = 1, b = -2 }', { a: 1, b: -2 }],
  [sized, '{\n  name = "x" # a comment\n  more = { on = false }\n}', { name: 'x', more: { on: false } }],
  ['dynamic', '{ a = [true, null] }', { a: [true, null] }],
  ['number', '1e3', 1000],
  ['number', '12345678901234567890', '12345678901234567890'],
  ['number', '0.1', 0.1],
])('%j is read from %j', (type, text, value) => {
  expect(readValue(type, text)).toEqual({ value });
});

test.each([
  ['regoin', 'region'],
  ['siz', 'size'],
  ['something', null],
])('who types %s may mean %s', (typed, meant) => {
  expect(nearestName(typed, ['region', 'size'])).toBe(meant);
});

test('what every object inherits is no value, and no member of one', async () => {
  const needed = declaredVariable('constructor');
  expect(await findProblems([needed], {})).toMatchObject([{ name: 'constructor', code: 'missing_parameter' }]);
  expect(await findProblems([needed], { constructor: 'x' })).toEqual([]);
  const attributes: Record<string, TypeConstraint> = Object.fromEntries([['toString', 'string']]);
  const type: TypeConstraint = ['object', attributes];
  expect(await findProblems([declaredVariable('o', { type })], { o: {} })).toMatchObject([
    { code: 'invalid_parameter' },
  ]);
  expect(convertValue(['object', attributes, ['toString']], {})).toEqual({ toString: null });
});

test.each(['{"__proto__": "x"}', '{"a": {"__proto__": "x"}}', '{ __proto__ = "x" }'])(
  'a name that would be lost is refused: %s',
  text => {
    expect(readValue(['map', 'dynamic'], text)).toEqual({ error: "'__proto__' cannot be a name in a value" });
    expect(readValue('string', text)).toEqual({ value: text });
  },
);

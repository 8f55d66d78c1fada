import { declaredVariable } from '@berth/testkit';
import { expect, test } from 'vitest';
import {
  formatType,
  type JsonValue,
  openVariables,
  readValue,
  type TypeConstraint,
  typeConstraint,
  typeError,
} from '../src/index.js';

const fits: [TypeConstraint, JsonValue][] = [
  ['string', 'x'],
  ['string', 5],
  ['string', true],
  ['number', 1.5],
  ['number', '1e3'],
  ['bool', false],
  ['bool', 'true'],
  ['dynamic', { a: [1] }],
  ['number', null],
  [
    ['list', 'string'],
    ['a', 'b'],
  ],
  [
    ['set', 'number'],
    [1, '2'],
  ],
  [['map', 'bool'], { a: true }],
  [
    ['tuple', ['string', 'number']],
    ['a', 1],
  ],
  [['object', { a: 'string', b: 'number' }], { a: 'x', b: 1, more: true }],
  [['object', { a: 'string', b: 'number' }, ['b']], { a: 'x' }],
];
test.each(fits)('%j takes %j', (type, value) => {
  expect(typeError(type, value)).toBeNull();
  expect(typeConstraint.parse(type)).toEqual(type);
});

const misfits: [TypeConstraint, JsonValue, string][] = [
  ['string', [], 'the value must be a string'],
  ['number', 'five', 'the value must be a number'],
  ['number', '', 'the value must be a number'],
  ['number', true, 'the value must be a number'],
  ['bool', 'yes', 'the value must be a bool'],
  ['bool', 1, 'the value must be a bool'],
  [['list', 'string'], 'a', 'the value must be a list'],
  [['list', 'number'], [1, 'x'], 'the value[1] must be a number'],
  [['map', 'string'], ['a'], 'the value must be a map'],
  [['tuple', ['string']], ['a', 'b'], 'the value must have 1 elements'],
  [['object', { a: 'string' }], {}, "the value lacks the attribute 'a'"],
  [['object', { a: ['list', 'bool'] }], { a: [1] }, 'the value.a[0] must be a bool'],
];
test.each(misfits)('%j refuses %j', (type, value, error) => {
  expect(typeError(type, value)).toBe(error);
});

const written: [TypeConstraint, string][] = [
  ['dynamic', 'any'],
  [['list', ['map', 'string']], 'list(map(string))'],
  [['tuple', ['string', 'bool']], 'tuple([string, bool])'],
  [['object', { a: 'string', b: 'number' }, ['b']], 'object({ a = string, b = optional(number) })'],
  [['object', {}], 'object({})'],
];
test.each(written)('%j is written %s', (type, text) => {
  expect(formatType(type)).toBe(text);
});

test('typed text is the value of a string, and JSON of everything else', () => {
  expect(readValue('string', '5')).toEqual({ value: '5' });
  expect(readValue('number', '5')).toEqual({ value: 5 });
  expect(readValue(['list', 'string'], '["a"]')).toEqual({ value: ['a'] });
  expect(readValue('dynamic', 'plain text')).toEqual({ value: 'plain text' });
  expect(readValue('number', 'five')).toEqual({ error: expect.stringContaining('number') });
  expect(readValue(['list', 'string'], 'a,b')).toEqual({ error: expect.stringContaining('JSON') });
});

test('open variables are all but berth and the pinned ones', () => {
  const all = [declaredVariable('berth'), declaredVariable('region'), declaredVariable('size')];
  expect(openVariables(all, ['region']).map(variable => variable.name)).toEqual(['size']);
});

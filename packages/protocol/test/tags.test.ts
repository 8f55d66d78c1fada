import { expect, test } from 'vitest';
import {
  BerthError,
  type ErrorCode,
  formatTags,
  limits,
  ownTags,
  parseTagFlags,
  tagSet,
  tagSetKey,
} from '../src/index.js';

test('the implicit tags of organization scope', () => {
  expect(tagSet({ environment: 'on-prem' }, 'user-1')).toEqual({
    environment: 'on-prem',
    scope: 'organization',
    owner: '',
  });
});

test('user scope carries the id of its user', () => {
  expect(tagSet({ scope: 'user' }, 'user-1')).toEqual({ scope: 'user', owner: 'user-1' });
});

test('the key of a set does not depend on the order of its tags', () => {
  expect(tagSetKey(tagSet({ a: '1', b: '2' }, 'u'))).toBe(tagSetKey(tagSet({ b: '2', a: '1' }, 'u')));
  expect(tagSetKey(tagSet({ a: '1' }, 'u'))).not.toBe(tagSetKey(tagSet({ a: '2' }, 'u')));
});

test('own tags are those that the user gave', () => {
  expect(ownTags(tagSet({ a: '1' }, 'u'))).toEqual({ a: '1' });
  expect(formatTags(tagSet({ b: '', a: '1' }, 'u'))).toBe('a=1 b= scope=organization');
  expect(formatTags(tagSet({ scope: 'user' }, 'u'))).toBe('scope=user owner=u');
});

const refused: { tags: Record<string, string>; code: ErrorCode; names: string }[] = [
  { tags: { owner: 'me' }, code: 'reserved_tag', names: 'owner=me' },
  { tags: { owner: '' }, code: 'reserved_tag', names: 'owner=' },
  { tags: { scope: 'site' }, code: 'reserved_tag', names: 'scope=site' },
  { tags: { 'a b': '1' }, code: 'invalid_tag', names: 'a b' },
  { tags: { '': '1' }, code: 'invalid_tag', names: "''" },
  { tags: { ['k'.repeat(65)]: '1' }, code: 'invalid_tag', names: 'kkk' },
  { tags: { k: 'v'.repeat(limits.tagValueCharacters + 1) }, code: 'invalid_tag', names: "'k'" },
  {
    tags: Object.fromEntries(Array.from({ length: limits.tags + 1 }, (_, i) => [`k${i}`, ''])),
    code: 'invalid_tag',
    names: String(limits.tags + 1),
  },
];

test.each(refused)('$code: $names', ({ tags, code, names }) => {
  expect(() => tagSet(tags, 'u')).toThrow(expect.objectContaining({ code, message: expect.stringContaining(names) }));
});

test('flags are KEY=VALUE; the value may hold more signs of equality, or nothing', () => {
  expect(parseTagFlags(['a=b=c', 'd='])).toEqual({ a: 'b=c', d: '' });
  expect(parseTagFlags(['a=1', 'a=2'])).toEqual({ a: '2' });
  for (const flag of ['a', '=b', '']) expect(() => parseTagFlags([flag])).toThrow(BerthError);
});

test('values at the limits are allowed', () => {
  const tags = Object.fromEntries(
    Array.from({ length: limits.tags }, (_, i) => [
      `${'k'.repeat(62)}${10 + i}`,
      'v'.repeat(limits.tagValueCharacters),
    ]),
  );
  expect(Object.keys(tagSet(tags, 'u')).length).toBe(limits.tags + 2);
});

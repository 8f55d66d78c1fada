import { id } from '@berth/protocol';
import { expect, test } from 'vitest';
import { newId } from '../src/sql/ids.js';

test('ids are UUIDs in the order of their making', () => {
  const ids = Array.from({ length: 20_000 }, newId);
  for (const one of ids.slice(0, 100)) expect(id.safeParse(one).success).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

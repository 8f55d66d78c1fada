import { expect, test } from 'vitest';
import { Slots } from '../src/daemons/slots.js';

const ref = (attempt: number) => ({ job: '11111111-2222-4333-8444-555555555555', attempt });
const verdict = (attempt: number, is: 'yours' | 'fenced' | 'settled') => ({
  ...ref(attempt),
  verdict: is,
  cancel: null,
});
const never = () => undefined;

test('a claim, an offer, an attempt and its end each take the same slot', () => {
  const slots = new Slots(2);
  const giveBack = slots.claim();
  expect(slots.free).toBe(1);
  slots.offer(ref(1), 60_000, never);
  giveBack();
  expect(slots.free).toBe(1);
  slots.hold(ref(1));
  expect([slots.free, slots.holds(ref(1)), slots.offers()]).toEqual([1, true, []]);
  slots.fence(ref(1));
  expect([slots.free, slots.holds(ref(1))]).toEqual([1, false]);
  slots.release(ref(1));
  expect(slots.free).toBe(2);
});

test('an offer ends once: whoever comes second hears that it is over', () => {
  const slots = new Slots(1);
  slots.offer(ref(1), 60_000, never);
  expect([slots.endOffer(ref(1)), slots.endOffer(ref(1)), slots.free]).toEqual([true, false, 1]);
});

test('a fenced attempt takes its slot, once, until it is reported no more; a settled one gives it back', () => {
  const slots = new Slots(3);
  for (const attempt of [1, 2, 3]) slots.hold(ref(attempt));
  slots.judge([verdict(1, 'yours'), verdict(2, 'fenced'), verdict(3, 'settled')]);
  expect(slots.free).toBe(1);
  expect([1, 2, 3].map(attempt => slots.holds(ref(attempt)))).toEqual([true, false, false]);
  slots.judge([verdict(1, 'yours')]);
  expect(slots.free).toBe(2);
});

test('one that holds more than it has slots has none free', () => {
  const slots = new Slots(1);
  slots.hold(ref(1));
  slots.hold(ref(2));
  expect(slots.free).toBe(0);
});

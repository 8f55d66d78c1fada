import { nearestName } from '@berth/protocol';
import { expect, test } from 'vitest';
import { Interrupts } from '../src/follow/interrupts.js';
import { humanLine } from '../src/logging/humanLine.js';
import { makeColours } from '../src/output/colour.js';
import { readPsks } from '../src/services/psks.js';
import { climbDown, nextRung } from '../src/services/stopLadder.js';

test('a log line for people has time, level, message and fields', () => {
  const line = humanLine(
    JSON.stringify({
      level: 30,
      time: 0,
      pid: 1,
      hostname: 'h',
      msg: 'successfully connected',
      name: 'berlin-1',
      tags: 'a=b scope=organization',
      slots: 2,
      err: { type: 'BerthError', code: 'unreachable', message: 'gone', stack: 'BerthError: gone\n at x.ts:1' },
    }),
    makeColours(false),
  );
  expect(line).toMatch(/^\d\d:\d\d:\d\d INFO {2}successfully connected /);
  expect(line).toContain('name=berlin-1 tags="a=b scope=organization" slots=2 err="unreachable: gone"');
  expect(line).not.toContain('x.ts');
});

test.each([
  ['one', [{ name: 'default', secret: 'one', organizations: null }]],
  [
    'one\n\n two \r\n',
    [
      { name: 'line-1', secret: 'one', organizations: null },
      { name: 'line-2', secret: 'two', organizations: null },
    ],
  ],
  [
    '[{"name":"berlin","secret":"s","organizations":["default"]},{"name":"all","secret":"t"}]',
    [
      { name: 'berlin', secret: 's', organizations: ['default'] },
      { name: 'all', secret: 't', organizations: null },
    ],
  ],
])('the pre-shared keys %j are read', (text, keys) => {
  expect(readPsks(text)).toEqual(keys);
});

test.each(['', ' \n\n'])('an empty pre-shared key %j is refused: its variable was not set', text => {
  expect(() => readPsks(text)).toThrow('the pre-shared key is empty');
});

test.each(['[{"name":"a","secret":""}]', '[{"name":"a","secret":"hunter2","typo":1}]', '[hunter2'])(
  'the pre-shared keys %j are refused, without showing them',
  text => {
    expect(() => readPsks(text)).toThrow('pre-shared keys');
    expect(() => readPsks(text)).not.toThrow('hunter2');
  },
);

test.each([
  [-1, 0, 0],
  [-1, 1, 1],
  [0, 0, 1],
  [0, 1, 1],
  [1, 1, 2],
  [1, 0, 2],
  [3, 0, 3],
])('from rung %i a signal that enters at %i leads to %i of 3', (reached, entry, next) => {
  expect(nextRung(reached, entry, 3)).toBe(next);
});

test('signals lead down the ladder one by one, and are let go', () => {
  const said: string[] = [];
  const rung = (name: string) => ({ says: name, act: () => said.push(`${name}!`) });
  const letGo = climbDown([rung('drain'), rung('cancel')], { SIGUSR1: 0, SIGUSR2: 1 }, text => said.push(text));
  process.emit('SIGUSR1');
  process.emit('SIGUSR2');
  process.emit('SIGUSR1');
  letGo();
  expect(process.listenerCount('SIGUSR1')).toBe(0);
  expect(said).toEqual(['SIGUSR1: drain', 'drain!', 'SIGUSR2: cancel', 'cancel!', 'SIGUSR1: cancel', 'cancel!']);
});

test('an interrupt goes to whoever waits for the next, and none is lost between two waits', () => {
  const interrupts = new Interrupts();
  const said: string[] = [];
  interrupts.onNext(() => said.push('first'));
  process.emit('SIGINT');
  process.emit('SIGINT');
  interrupts.onNext(() => said.push('second'));
  expect(said).toEqual(['first', 'second']);
  process.emit('SIGINT');
  interrupts.reset();
  interrupts.onNext(() => said.push('never'));
  interrupts.close();
  expect(said).toEqual(['first', 'second']);
  expect(process.listenerCount('SIGINT')).toBe(0);
});

test.each([
  ['lsit', 'list'],
  ['template push', 'templates push'],
  ['provisonerd start', 'provisionerd start'],
  ['zzz', null],
])('a command typed as %j is taken for %j', (typed, meant) => {
  expect(nearestName(typed, ['list', 'logs', 'templates push', 'provisionerd start'])).toBe(meant);
});

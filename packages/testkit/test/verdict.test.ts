import { expect, test } from 'vitest';
import type { Effect } from '../src/faults/effects.js';
import { type EndedBuild, judge, type Owned } from '../src/faults/verdict.js';

const effect = (id: string, more: Partial<Effect> = {}): Effect => ({
  id,
  workspace: 'w1',
  slot: 0,
  build: 1,
  ...more,
});

const build = (
  more: Partial<EndedBuild> & { made?: string[]; logProblems?: EndedBuild['log']['problems'] } = {},
): EndedBuild => {
  const { made = [], logProblems = [], ...rest } = more;
  const log = { problems: logProblems, made: new Set(made) };
  return { workspace: 'w1', number: 1, status: 'succeeded', hardKilled: false, diskWasFull: false, log, ...rest };
};

const owns = (present: string[], salvaged: string[] = []): Map<string, Owned> =>
  new Map([['w1', { present: new Set(present), salvaged: new Set(salvaged) }]]);

test('what has an owner, in the present state or a salvaged one, is well', () => {
  expect(judge([effect('a'), effect('b')], owns(['a'], ['b']), [build()])).toEqual({ problems: [], inFlight: 0 });
});

test('what a build that succeeded made has an owner, or is lost', () => {
  expect(judge([effect('a')], owns([]), [build()]).problems).toEqual([
    { kind: 'orphaned', workspace: 'w1', build: 1, text: 'slot 0: a has no owner' },
  ]);
});

test('what nobody knows the build of is lost', () => {
  expect(judge([effect('a')], owns([]), []).problems).toHaveLength(1);
});

test('what was in flight when its maker was interrupted is counted apart', () => {
  expect(judge([effect('a')], owns([]), [build({ status: 'canceled' })])).toEqual({ problems: [], inFlight: 1 });
});

test('what terraform said to be made was not in flight', () => {
  const made = ['terraform_data.kept[1]', 'terraform_data.running[0]'];
  const interrupted = build({ status: 'failed', made });
  const effects = [effect('a', { slot: 1 }), effect('b', { slot: 2 })];
  expect(judge(effects, owns([]), [interrupted]).problems).toHaveLength(2);
  expect(judge(effects, owns([]), [{ ...interrupted, hardKilled: true }])).toEqual({ problems: [], inFlight: 2 });
});

test('two live owners of one place are one too many', () => {
  const { problems } = judge([effect('a'), effect('b')], owns(['a', 'b']), [build()]);
  expect(problems).toMatchObject([{ kind: 'doubled', workspace: 'w1', text: 'slot 0 has 2 live owners: a, b' }]);
});

test('what is wrong with a log is a problem of the run', () => {
  const { problems } = judge([], owns([]), [
    build({ logProblems: [{ kind: 'lost', of: 'entries', text: 'entry: 3 where 2 was due' }] }),
  ]);
  expect(problems).toEqual([{ kind: 'lost', workspace: 'w1', build: 1, text: 'log: entry: 3 where 2 was due' }]);
});

test('what terraform could not write to a full disk is no problem of ours; an entry that is missing is', () => {
  const logProblems: EndedBuild['log']['problems'] = [
    { kind: 'lost', of: 'lines', text: 'line 1.0: 9 where 5 was due' },
    { kind: 'lost', of: 'entries', text: 'entry: 3 where 2 was due' },
  ];
  expect(judge([], owns([]), [build({ logProblems })]).problems).toHaveLength(2);
  expect(judge([], owns([]), [build({ logProblems, diskWasFull: true })]).problems).toHaveLength(1);
});

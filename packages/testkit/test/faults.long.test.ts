import { expect, test } from 'vitest';
import { findPostgres } from '../src/index.js';
import { faultRun } from './faultRun.js';

const noPostgres = findPostgres() === null;

/** A few, so that the whole suite stays short; `BERTH_TEST_FAULTS=60` for more. */
const count = process.env.BERTH_TEST_FAULTS ?? '12';

/** A minute or two of faults; then at most the time after which a lost attempt is given up, and a last build of each. */
const LIMIT_MS = 600_000;

/** Runs the faults of a seed, and gives what the run said; all of it stands in the error when it found something. */
async function faults(...args: string[]): Promise<string> {
  const { code, said } = await faultRun(['--faults', count, '--workspaces', '4', ...args]);
  expect(code, said).toBe(0);
  return said;
}

test('nothing is lost, doubled, orphaned or overlapped by faults on SQLite', { timeout: LIMIT_MS }, async () => {
  expect(await faults('--seed', '4')).toContain(`${count} faults; `);
});

test.skipIf(noPostgres)(
  `nothing is lost, doubled, orphaned or overlapped by faults on Postgres${noPostgres ? ' (initdb and postgres were not found)' : ''}`,
  { timeout: LIMIT_MS },
  async () => {
    expect(await faults('--seed', '5', '--postgres')).toContain(`${count} faults; `);
  },
);

/** Many more by hand: `BERTH_TEST_BUILDS=300`. */
const builds = process.env.BERTH_TEST_BUILDS ?? '60';

test('killed again and again, the coordinator has a sound database and loses nothing', {
  timeout: LIMIT_MS,
}, async () => {
  const only = ['--only', 'kill the coordinator', '--faults', '5', '--away', '0'];
  const { code, said } = await faultRun(['--seed', '6', ...only, '--builds', builds, '--lines', '1']);
  expect(code, said).toBe(0);
});

import { expect, test } from 'vitest';
import { faultRun } from './faultRun.js';

/** Two minutes of tiny builds on an idle machine. */
const LIMIT_MS = 600_000;

test('killed again and again in 300 builds, the coordinator has a sound database and loses nothing', {
  timeout: LIMIT_MS,
}, async () => {
  const killed = ['--only', 'kill the coordinator', '--faults', '5', '--away', '0'];
  const { code, said } = await faultRun([
    '--seed',
    '6',
    ...killed,
    '--builds',
    '300',
    '--workspaces',
    '10',
    '--lines',
    '1',
  ]);
  expect(code, said).toBe(0);
});

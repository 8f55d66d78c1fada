import { expect, test } from 'vitest';
import { faultRun } from './faultRun.js';

/** Faults for a minute or two; then at most the time after which a lost attempt is given up, and a last build of each. */
const LIMIT_MS = 600_000;

test('nothing is lost, doubled, orphaned or overlapped by faults on SQLite', { timeout: LIMIT_MS }, async () => {
  const { code, said } = await faultRun(['--seed', '4', '--workspaces', '4', '--faults', '60']);
  expect(code, said).toBe(0);
  expect(said).toContain('60 faults; ');
});

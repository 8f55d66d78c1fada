import { expect, test } from 'vitest';
import { findPostgres } from '../src/index.js';
import { faultRun } from './faultRun.js';

const missing = findPostgres() === null ? ' (initdb and postgres were not found)' : '';

/** As with SQLite, and the time that the server needs when it is started after a crash. */
const LIMIT_MS = 600_000;

test.skipIf(missing !== '')(
  `nothing is lost, doubled, orphaned or overlapped by faults on Postgres${missing}`,
  { timeout: LIMIT_MS },
  async () => {
    const { code, said } = await faultRun(['--seed', '5', '--workspaces', '4', '--faults', '60', '--postgres']);
    expect(code, said).toBe(0);
    expect(said).toContain('60 faults; ');
  },
);

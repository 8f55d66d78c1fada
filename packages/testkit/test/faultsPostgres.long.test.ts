import { describe, expect, test } from 'vitest';
import { findPostgres, startPostgres } from '../src/index.js';
import { faultRun } from './faultRun.js';

const missing = findPostgres() === null ? ' (initdb and postgres were not found)' : '';

/** As with SQLite, and the time that the server needs when it is started after a crash. */
const LIMIT_MS = 600_000;

describe.concurrent('nothing is lost, doubled, orphaned or overlapped', () => {
  test.skipIf(missing !== '')(`by faults on Postgres${missing}`, { timeout: LIMIT_MS }, async () => {
    const { code, said } = await faultRun(['--seed', '5', '--workspaces', '4', '--faults', '60', '--postgres']);
    expect(code, said).toBe(0);
    expect(said).toContain('60 faults; ');
  });

  test.skipIf(missing !== '')(
    `by what a client can do to a Postgres that is there, of which nothing is left${missing}`,
    { timeout: LIMIT_MS },
    async ({ onTestFinished }) => {
      const server = await startPostgres();
      onTestFinished(() => server.stop());
      server.sql('create role maker login createdb');
      const url = server.url('postgres').replace('berth@', 'maker@');
      const few = ['--workspaces', '2', '--daemons', '1', '--only', 'database', '--faults', '6'];
      const { code, said } = await faultRun(['--seed', '8', ...few, '--database-url', url]);
      expect(code, said).toBe(0);
      expect(said).toContain('left out: stop the database: ');
      server.sql("do $$ begin assert not exists (select from pg_database where datname like 'berth_faults%'); end $$");
    },
  );
});

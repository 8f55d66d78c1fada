import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { sql } from '../src/sql/kysely.js';
import { first } from '../src/sql/migrations/0001-first/index.js';
import { migrate } from '../src/sql/migrations/migrate.js';
import type { Migration } from '../src/sql/migrations/migration.js';
import { openSqlite } from '../src/sqlite/open.js';
import { expectError } from './conformance/world.js';

function openEmpty() {
  const opened = openSqlite(join(tempDir(), 'berth.sqlite'), { now: () => 42 });
  onTestFinished(() => opened.database.close());
  return opened;
}

const step = (name: string, statement: string): Migration => ({
  name,
  up: async db => {
    await sql.raw(statement).execute(db);
  },
});
const one = step('one', 'create table a (x integer)');
const two = step('two', 'insert into a values (1)');

test('each migration runs once, in order, and is written down', async () => {
  const { database, capabilities } = openEmpty();
  await migrate(database, capabilities, [one]);
  await migrate(database, capabilities, [one, two]);
  await migrate(database, capabilities, [one, two]);
  const applied = await database.read(tx => tx.db.selectFrom('migrations').selectAll().execute());
  expect(applied).toEqual([
    { number: 1, name: 'one', applied_at: 42 },
    { number: 2, name: 'two', applied_at: 42 },
  ]);
  const { rows } = await database.read(tx => sql`select x from a`.execute(tx.db));
  expect(rows).toEqual([{ x: 1 }]);
});

test('a migration that fails leaves nothing, and those before it stay', async () => {
  const { database, capabilities } = openEmpty();
  const broken: Migration = {
    name: 'broken',
    up: async db => {
      await sql`insert into a values (2)`.execute(db);
      await sql`insert into nowhere values (2)`.execute(db);
    },
  };
  await expect(migrate(database, capabilities, [one, two, broken])).rejects.toThrow('nowhere');
  const { rows } = await database.read(tx => sql`select x from a`.execute(tx.db));
  expect(rows).toEqual([{ x: 1 }]);
  await migrate(database, capabilities, [one, two]);
});

test('a newer schema is refused', async () => {
  const { database, capabilities } = openEmpty();
  await migrate(database, capabilities, [one, two]);
  await expectError(migrate(database, capabilities, [one]), 'schema_too_new');
});

test('what the first schema held is there in the newest', async () => {
  const { database, capabilities } = openEmpty();
  await migrate(database, capabilities, [first]);
  const run = (statement: string) => database.write(tx => sql.raw(statement).execute(tx.db));
  // A build under way with a snapshot, on the state that the build before it has left.
  await run(`insert into users values ('u', 'u', 'u', 'u', 'u', '', 'owner', 1, null)`);
  await run(`insert into tag_sets values (1, '[]')`);
  await run(`insert into queues select 1, id, 'built-in', '', 1 from organizations`);
  await run(`insert into lanes values (1, 1, '')`);
  await run(`insert into daemons select 'd', id, 'built-in', 'd', 0, '{}', 1, '1', 1, 'terraform', '1.0.0', 'p', 'h',
    'none', 'instance', 1, 0, 1, 1 from organizations`);
  const jobs = `insert into jobs (id, type, organization_id, version_id, lane_id, priority, start_tag, initiator_id, owner_id,
    created_at, attempt, lost_attempts, offered_at, started_at, lease_expires_at, apply_started_at, unreachable_since,
    finished_at, notes) select`;
  const job = (id: string, facts: string) =>
    run(
      `${jobs} '${id}', 'workspace_build', id, 'v', 1, 0, 0, 'u', 'u', 1, 1, 0, 2, 3, ${facts}, '[]' from organizations`,
    );
  await job('ended', 'null, 4, null, 5');
  await job('unreachable', '6, 5, 1000, null');
  await run(`insert into blobs values ('b', 'state', 1, 1, 0, 1, 1)`);
  for (const state of ['left', 'snapshot']) {
    await run(`insert into states values ('${state}', 'b', x'00', 1, 1, 'l', 'terraform', '1.0.0', 1)`);
  }
  const attempt = (id: string, accepted: string) =>
    run(`insert into attempts values ('${id}', 1, 'd', 'terraform', '1.0.0', null, 2, 3, 4, ${accepted}, 0)`);
  await attempt('ended', "5, 'settled', null");
  await attempt('unreachable', "null, null, 'snapshot'");
  await run(`insert into templates select 't', id, 't', 't', '', null, null, 1, 1, null from organizations`);
  await run(`insert into template_versions values ('v', 't', 1, 'v1', 'v1', '', 'u', 1, 'b', 1, 1, 1, 'ended', null, null,
    null, null, '[]', x'00', x'00')`);
  await run(
    `insert into workspaces select 'w', id, 'u', 't', 'w', 'w', 'built-in', 'second', 1, null from organizations`,
  );
  const build = (id: string, rest: string) =>
    run(`insert into builds values ('${id}', 'w', ${rest.replace('JOB', `'v', 'u', 1`)}, 0, x'00', 'left', 'left')`);
  await build('first', "1, 'start', JOB, 'ended'");
  await build('second', "2, 'stop', JOB, 'unreachable'");

  await migrate(database, capabilities);
  const states = await database.read(tx =>
    tx.db.selectFrom('states').select(['id', 'kind', 'build_id', 'attempt', 'dropped_at']).orderBy('id').execute(),
  );
  expect(states).toEqual([
    { id: 'left', kind: 'final', build_id: 'first', attempt: 1, dropped_at: null },
    { id: 'snapshot', kind: 'snapshot', build_id: 'second', attempt: 1, dropped_at: null },
  ]);
  const given = await database.read(tx =>
    tx.db.selectFrom('jobs').select(['id', 'give_up_at']).orderBy('id').execute(),
  );
  expect(given).toEqual([
    { id: 'ended', give_up_at: null },
    { id: 'unreachable', give_up_at: 1000 + 30 * 60_000 },
  ]);
  const instances = await database.read(tx =>
    tx.db.selectFrom('attempts').select('instance').orderBy('job_id').execute(),
  );
  expect(instances).toEqual([{ instance: null }, { instance: 'instance' }]);
});

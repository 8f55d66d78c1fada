import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { sql } from '../src/sql/kysely.js';
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

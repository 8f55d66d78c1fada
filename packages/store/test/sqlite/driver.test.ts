import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { Tx } from '../../src/sql/database.js';
import { migrate } from '../../src/sql/migrations/migrate.js';
import { openSqlite } from '../../src/sqlite/open.js';
import { Turns } from '../../src/sqlite/turns.js';
import { expectError } from '../conformance/world.js';

async function openDatabase(file = join(tempDir(), 'berth.sqlite')) {
  const { database, capabilities } = openSqlite(file, { now: () => 7 });
  onTestFinished(() => database.close());
  await migrate(database, capabilities);
  return { database, file };
}

const names = async (tx: Tx) =>
  (await tx.db.selectFrom('organizations').select('name').orderBy('name').execute()).map(row => row.name);

const insert = (tx: Tx, name: string) =>
  tx.db
    .insertInto('organizations')
    .values({ id: name, name, name_key: name, is_default: 0, created_at: tx.now })
    .execute();

test('a write that throws leaves nothing, and the next one works', async () => {
  const { database } = await openDatabase();
  const failing = database.write(async tx => {
    await insert(tx, 'a');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await database.write(tx => insert(tx, 'b'));
  expect(await database.read(names)).toEqual(['b', 'default']);
});

test('what breaks a rule of the schema is refused', async () => {
  const { database } = await openDatabase();
  const membership = { user_id: 'nobody', organization_id: 'nowhere', role: 'member' as const };
  const write = (work: (tx: Tx) => Promise<unknown>) => database.write(work);
  await expect(write(tx => tx.db.insertInto('memberships').values(membership).execute())).rejects.toThrow(
    'FOREIGN KEY',
  );
  await write(tx => insert(tx, 'a'));
  await expect(write(tx => insert(tx, 'a'))).rejects.toThrow('UNIQUE');
});

test('transactions that wait for something else do not mix', async () => {
  const { database } = await openDatabase();
  let release: () => void = () => undefined;
  const gate = new Promise<void>(resolve => {
    release = resolve;
  });
  const slow = database.write(async tx => {
    await insert(tx, 'slow');
    await gate;
    throw new Error('undone');
  });
  const seen = database.read(names);
  const quick = database.write(tx => insert(tx, 'quick'));
  release();
  await expect(slow).rejects.toThrow('undone');
  await quick;
  expect(await seen).toEqual(['default']);
  expect(await database.read(names)).toEqual(['default', 'quick']);
});

test('a database that another process holds is unavailable, and works when it is free', async () => {
  const { database, file } = await openDatabase();
  const other = new Database(file);
  onTestFinished(() => {
    other.close();
  });
  other.exec('begin immediate');
  await expectError(
    database.write(tx => insert(tx, 'a')),
    'unavailable',
  );
  expect(await database.read(names)).toEqual(['default']);
  other.exec('rollback');
  await database.write(tx => insert(tx, 'a'));
});

test('a full disk is unavailable, and leaves the database as it was', async () => {
  const { database, file } = await openDatabase();
  const other = new Database(file);
  const pages = other.pragma('page_count', { simple: true });
  other.close();
  const limited = openSqlite(file, { now: () => 7 });
  onTestFinished(() => limited.database.close());
  await limited.database.read(names);
  const limit = (max: number) =>
    limited.database.read(tx =>
      tx.db.executeQuery({
        ...tx.db.selectFrom('users').select('id').compile(),
        sql: `pragma max_page_count = ${max}`,
      }),
    );
  await limit(Number(pages));
  await expectError(
    limited.database.write(async tx => {
      for (let i = 0; i < 1_000; i++) await insert(tx, `${i}-${'x'.repeat(500)}`);
    }),
    'unavailable',
  );
  expect(await database.read(names)).toEqual(['default']);
  await limit(1_000_000);
  await limited.database.write(tx => insert(tx, 'a'));
  expect(await database.read(names)).toEqual(['a', 'default']);
});

test('a kept query takes its values in order, and no other number of them', async () => {
  const { database } = await openDatabase();
  await database.write(tx => insert(tx, 'a'));
  const find = (values: unknown[]) =>
    database.read(tx =>
      tx.prepared('by name', values, () => tx.db.selectFrom('organizations').select('name').where('name', '=', 'x')),
    );
  expect(await find(['a'])).toEqual([{ name: 'a' }]);
  expect(await find(['default'])).toEqual([{ name: 'default' }]);
  expect(await find(['none'])).toEqual([]);
  await expect(find(['a', 'b'])).rejects.toThrow('other values');
});

test('turns are taken in the order of asking', async () => {
  const turns = new Turns();
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3, 4].map(async n => {
      await turns.next();
      order.push(n);
      await Promise.resolve();
      turns.end();
    }),
  );
  expect(order).toEqual([1, 2, 3, 4]);
});

import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Tx } from '../../src/sql/database.js';
import { migrate } from '../../src/sql/migrations/migrate.js';
import { openSqlite } from '../../src/sqlite/open.js';
import { WriteAheadLog } from '../../src/sqlite/writeAheadLog.js';
import { expectError } from '../conformance/world.js';

/** A disk that answers a sync when it is told to. */
function slowDisk() {
  const waiting: { done: () => void; failed: (error: Error) => void }[] = [];
  let begun = 0;
  let held = false;
  return {
    sync: () => {
      begun++;
      if (!held) return Promise.resolve();
      return new Promise<void>((done, failed) => waiting.push({ done, failed }));
    },
    begun: () => begun,
    hold: () => {
      held = true;
    },
    /** Answers those that wait, and all from now on. */
    release: () => {
      held = false;
      for (const { done } of waiting.splice(0)) done();
    },
    answerOne: () => waiting.shift()?.done(),
    failOne: (code: string) => waiting.shift()?.failed(Object.assign(new Error(code), { code })),
  };
}

async function openOnSlowDisk() {
  const disk = slowDisk();
  const file = join(tempDir(), 'berth.sqlite');
  const { database, capabilities } = openSqlite(file, { now: () => 7 }, new WriteAheadLog(`${file}-wal`, disk.sync));
  onTestFinished(async () => {
    disk.release();
    await database.close();
  });
  await migrate(database, capabilities);
  disk.hold();
  return { database, disk, file };
}

const insert = (name: string) => (tx: Tx) =>
  tx.db
    .insertInto('organizations')
    .values({ id: name, name, name_key: name, is_default: 0, created_at: tx.now })
    .execute();

/** Whether a promise is pending after everything that waits for nothing has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

test('a write is told of once it is on disk; what need not be safe, and what reads, waits for nothing', async () => {
  const { database, disk } = await openOnSlowDisk();
  const durable = database.write(insert('a'));
  await database.write(insert('b'), { durable: false });
  const names = await database.read(tx => tx.db.selectFrom('organizations').select('name').orderBy('name').execute());
  expect(names.map(({ name }) => name)).toEqual(['a', 'b', 'default']);
  expect(await isPending(durable)).toBe(true);
  disk.release();
  await durable;
});

test('what was told may also be a refusal, or the result decide', async () => {
  const { database, disk } = await openOnSlowDisk();
  await database.write(insert('a'), { durable: false });
  const refused = database.write(async () => {
    throw new BerthError('name_taken', 'it is there');
  });
  refused.catch(() => undefined);
  expect(await isPending(refused)).toBe(true);
  await database.write(async () => 'fine', { durable: result => result !== 'fine' });
  const decided = database.write(async () => 'final', { durable: result => result !== 'fine' });
  expect(await isPending(decided)).toBe(true);
  disk.release();
  await expectError(refused, 'name_taken');
  await decided;
});

test('one sync serves all who asked before it began; who asks while it runs waits for the next', async () => {
  const { database, disk } = await openOnSlowDisk();
  const before = disk.begun();
  const first = database.write(insert('a'));
  expect(await isPending(first)).toBe(true);
  expect(disk.begun()).toBe(before + 1);
  const others = Promise.all(['b', 'c', 'd'].map(name => database.write(insert(name))));
  expect(await isPending(others)).toBe(true);
  disk.answerOne();
  await first;
  expect(await isPending(others)).toBe(true);
  expect(disk.begun()).toBe(before + 2);
  disk.release();
  await others;
  expect(disk.begun()).toBe(before + 2);
});

test('a sync that fails is told, and the next one is tried; after an error of the disk none is', async () => {
  const { database, disk } = await openOnSlowDisk();
  const full = database.write(insert('a'));
  expect(await isPending(full)).toBe(true);
  disk.failOne('ENOSPC');
  await expectError(full, 'unavailable');
  const broken = database.write(insert('b'));
  expect(await isPending(broken)).toBe(true);
  disk.failOne('EIO');
  await expectError(broken, 'unavailable');
  disk.release();
  await expectError(database.write(insert('c')), 'unavailable');
  await database.read(tx => tx.db.selectFrom('organizations').select('name').execute());
});

test('a log that is not there is unavailable, and works when it is', async () => {
  const file = join(tempDir(), 'wal');
  const log = new WriteAheadLog(file);
  await expectError(log.sync(), 'unavailable');
  writeFileSync(file, 'x');
  await log.sync();
  await log.close();
});

test('the log is copied into the database while it is used', async () => {
  const file = join(tempDir(), 'berth.sqlite');
  const { database, capabilities } = openSqlite(file, { now: () => 7 });
  onTestFinished(() => database.close());
  await migrate(database, capabilities);
  const content = Buffer.alloc(1024 * 1024, 1);
  await database.write(async tx => {
    const row = {
      kind: 'archive' as const,
      received_bytes: 0,
      complete: 0,
      generation: 0,
      created_at: 1,
      touched_at: 1,
    };
    await tx.db
      .insertInto('blobs')
      .values({ id: 'b', ...row })
      .execute();
  });
  for (let i = 0; i < 60; i++) {
    const chunk = { blob_id: 'b', byte_offset: i * content.length, size_bytes: content.length, content };
    await database.write(tx => tx.db.insertInto('blob_chunks').values(chunk).execute(), { durable: i % 10 === 0 });
  }
  await vi.waitUntil(() => statSync(file).size > 16 * content.length, { timeout: 100_000 });
  await database.close();
  expect(existsSync(`${file}-wal`)).toBe(false);
  expect(statSync(file).size).toBeGreaterThan(60 * content.length);
});

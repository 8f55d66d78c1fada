import { statSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { Checkpoints } from '../../src/sqlite/checkpoints.js';

test('a log that an earlier process has left long is copied with the first commit', async () => {
  const file = join(tempDir(), 'berth.sqlite');
  const db = new Database(file);
  onTestFinished(() => void db.close());
  db.pragma('journal_mode = wal');
  db.pragma('wal_autocheckpoint = 0');
  db.exec('create table blobs (content blob)');
  const insert = db.prepare('insert into blobs values (zeroblob(1048576))');
  for (let i = 0; i < 17; i++) insert.run();
  expect(statSync(file).size).toBeLessThan(1024 * 1024);

  const checkpoints = new Checkpoints(file);
  checkpoints.committed(0);
  await checkpoints.idle();
  expect(statSync(file).size).toBeGreaterThan(16 * 1024 * 1024);
});

test('a short log is left alone', async () => {
  const file = join(tempDir(), 'berth.sqlite');
  const db = new Database(file);
  onTestFinished(() => void db.close());
  db.pragma('journal_mode = wal');
  db.exec('create table blobs (content blob)');
  const before = statSync(file).size;
  const checkpoints = new Checkpoints(file);
  checkpoints.committed(0);
  await checkpoints.idle();
  expect(statSync(file).size).toBe(before);
});

import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openStore, type Store } from '../src/index.js';
import { compile, runChild } from './child.js';
import { expectError, readAll, sha256, streamOf } from './conformance/world.js';

async function open(dataDir: string, more: { keys?: Buffer[] } = {}): Promise<Store> {
  const store = await openStore({ dataDir, ...more });
  onTestFinished(() => store.close());
  return store;
}

/** Opens the store, says how that went, and keeps it open until its input ends. */
const holder = `
  try {
    const store = await openStore({ dataDir: process.argv[1] });
    console.log('open');
    process.stdin.resume();
    process.stdin.on('end', async () => { await store.close(); console.log('closed'); });
  } catch (error) {
    console.log(error.code + ' ' + error.message);
  }`;

describe('the data directory', () => {
  test('is made where there is none, with a database and a key that only its owner can read', async () => {
    const dataDir = join(tempDir(), 'a/b');
    const store = await open(dataDir);
    await store.users.createFirst({ username: 'a', email: 'a@a.a', passwordHash: 'h' });
    const modes = Object.fromEntries(
      ['', 'encryption.key', 'berth.sqlite', 'berth.sqlite-wal', 'berth.pid'].map(name => [
        name,
        (statSync(join(dataDir, name)).mode & 0o777).toString(8),
      ]),
    );
    expect(modes).toEqual({
      '': '700',
      'encryption.key': '600',
      'berth.sqlite': '600',
      'berth.sqlite-wal': '600',
      'berth.pid': '600',
    });
    expect(statSync(join(dataDir, 'encryption.key')).size).toBe(32);
    await store.close();
    expect(readdirSync(dataDir).sort()).toEqual(['berth.lock', 'berth.sqlite', 'encryption.key']);
  });

  test('keeps everything from one opening to the next', async () => {
    const dataDir = tempDir();
    const first = await open(dataDir);
    const user = await first.users.createFirst({ username: 'a', email: 'a@a.a', passwordHash: 'h' });
    const content = Buffer.from('{"serial":1}');
    const ref = { kind: 'state' as const, digest: sha256(content) };
    await first.blobs.write(ref, { sizeBytes: content.length, offset: 0, content: streamOf(content) });
    await first.close();
    const second = await open(dataDir);
    expect(await second.users.byId(user.id)).toEqual(user);
    expect((await readAll(second.blobs.read(ref))).equals(content)).toBe(true);
  });

  test('that is a file, or below one, is unusable', async () => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    const error = await expectError(open(file), 'data_dir_unusable');
    expect(error.message).toContain(file);
    await expectError(open(join(file, 'below')), 'data_dir_unusable');
  });

  // Root may write everywhere but where the kernel itself says no.
  test('that cannot be written is unusable', async () => {
    const dataDir = process.getuid?.() === 0 ? '/proc' : tempDir();
    if (process.getuid?.() !== 0) chmodSync(dataDir, 0o500);
    const error = await expectError(open(dataDir), 'data_dir_unusable');
    expect(error.message).toContain(dataDir);
    expect(error.hint).toContain('--data-dir');
  });

  test('below a folder that takes no folders is unusable', async () => {
    const error = await expectError(open('/proc/berth/data'), 'data_dir_unusable');
    expect(error.message).toContain('/proc/berth/data');
  });

  test('whose database is none is unusable, and is left as it is', async () => {
    const dataDir = tempDir();
    const file = join(dataDir, 'berth.sqlite');
    writeFileSync(file, 'this is no database, and somebody may want it back'.repeat(100));
    const before = readFileSync(file);
    await expectError(open(dataDir), 'data_dir_unusable');
    expect(readFileSync(file).equals(before)).toBe(true);
    rmSync(file);
    await open(dataDir);
  });

  test('whose database is a folder is unusable', async () => {
    const dataDir = tempDir();
    mkdirSync(join(dataDir, 'berth.sqlite'));
    await expectError(open(dataDir), 'data_dir_unusable');
  });

  test('of a newer schema is refused, and works with its own version as before', async () => {
    const dataDir = tempDir();
    await (await open(dataDir)).close();
    const db = new Database(join(dataDir, 'berth.sqlite'));
    db.exec("insert into migrations (number, name, applied_at) values (1000, 'of the future', 0)");
    db.close();
    const error = await expectError(open(dataDir), 'schema_too_new');
    expect(error.message).toContain('1000');
    const again = new Database(join(dataDir, 'berth.sqlite'));
    again.exec('delete from migrations where number = 1000');
    again.close();
    await open(dataDir);
  });
});

describe('one process at a time', () => {
  beforeAll(compile);

  test('a second opening in the same process is refused, naming it', async () => {
    const dataDir = tempDir();
    const store = await open(dataDir);
    const error = await expectError(open(dataDir), 'data_dir_in_use');
    expect(error.message).toContain(`process ${process.pid}`);
    await store.check();
    await store.close();
    await open(dataDir);
  });

  test('another process is refused, naming the holder; its end or death frees the folder', async () => {
    const dataDir = tempDir();
    const first = runChild(holder, dataDir);
    expect(await first.line()).toBe('open');
    const error = await expectError(open(dataDir), 'data_dir_in_use');
    expect(error.message).toContain(`process ${first.process.pid}`);
    first.process.stdin?.end();
    expect(await first.line()).toBe('closed');
    const second = runChild(holder, dataDir);
    expect(await second.line()).toBe('open');
    second.process.kill('SIGKILL');
    expect(await second.ended).toBe('SIGKILL');
    // Its name is still there; that it is dead is known.
    expect(readdirSync(dataDir)).toContain('berth.pid');
    await open(dataDir);
  });

  test('of many starters at once one gets it, and the others can name it', async () => {
    const dataDir = tempDir();
    const children = Array.from({ length: 6 }, () => runChild(holder, dataDir));
    const said = await Promise.all(children.map(child => child.line()));
    const winner = said.indexOf('open');
    expect(said.filter(line => line === 'open').length).toBe(1);
    const refusal = `data_dir_in_use the data directory ${dataDir} is in use by process ${children[winner]?.process.pid}`;
    expect(said.filter(line => line !== 'open')).toEqual(Array.from({ length: 5 }, () => refusal));
    children[winner]?.process.stdin?.end();
    expect(await Promise.all(children.map(child => child.ended))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('a name left behind by a dead process of the same pid is not the holder’s', async () => {
    const dataDir = tempDir();
    const stale = { pid: process.pid, startTime: '1', bootId: 'another boot' };
    writeFileSync(join(dataDir, 'berth.pid'), JSON.stringify(stale));
    const lock = new Database(join(dataDir, 'berth.lock'));
    onTestFinished(() => {
      lock.close();
    });
    lock.exec('begin exclusive');
    const error = await expectError(open(dataDir), 'data_dir_in_use');
    expect(error.message).toContain('another process');
  });
});

describe('the encryption key', () => {
  const key = (byte: number) => Buffer.alloc(32, byte);
  const content = Buffer.from('{"serial":1}');
  const ref = { kind: 'state' as const, digest: sha256(content) };
  const upload = { sizeBytes: content.length, offset: 0 };

  test('that was lost or exchanged is found at the start', async () => {
    const dataDir = tempDir();
    await (await open(dataDir)).close();
    const file = join(dataDir, 'encryption.key');
    const kept = readFileSync(file);
    rmSync(file);
    const error = await expectError(open(dataDir), 'encryption_key_unusable');
    expect(error.message).toContain('key');
    writeFileSync(file, kept.subarray(0, 31));
    await expectError(open(dataDir), 'encryption_key_unusable');
    writeFileSync(file, kept);
    await open(dataDir);
  });

  test('can be followed by a new one: the first encrypts, all decrypt', async () => {
    const dataDir = tempDir();
    const first = await open(dataDir, { keys: [key(1)] });
    await first.blobs.write(ref, { ...upload, content: streamOf(content) });
    await first.close();
    await expectError(open(dataDir, { keys: [key(2)] }), 'encryption_key_unusable');
    const second = await open(dataDir, { keys: [key(2), key(1)] });
    expect((await readAll(second.blobs.read(ref))).equals(content)).toBe(true);
    // What is there under the old key's name is not stored again.
    const again = await second.blobs.write(ref, { ...upload, content: streamOf() });
    expect(again).toEqual({ receivedBytes: content.length, complete: true });
    expect(readdirSync(dataDir)).not.toContain('encryption.key');
  });

  test('must have 32 bytes', async () => {
    await expectError(open(tempDir(), { keys: [Buffer.alloc(16)] }), 'encryption_key_unusable');
    await expectError(open(tempDir(), { keys: [] }), 'encryption_key_unusable');
  });
});

test('a folder that could not be opened is not left locked', async () => {
  const dataDir = tempDir();
  await expect(open(dataDir, { keys: [] })).rejects.toBeInstanceOf(BerthError);
  await open(dataDir);
});

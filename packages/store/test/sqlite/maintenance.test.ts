import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStore, type Store } from '../../src/index.js';
import { expectError, makeWorld, readAll, success, textEntry, uploadState } from '../conformance/world.js';

async function open(dataDir: string, more: { newKey?: boolean; keys?: Uint8Array[] } = {}): Promise<Store> {
  const store = await openStore({ dataDir, ...more });
  onTestFinished(() => store.close());
  return store;
}

/** A store with a workspace that was built, with everything that is sealed. */
async function filled(dataDir: string, keys?: Uint8Array[]) {
  const store = await open(dataDir, keys === undefined ? {} : { keys });
  const world = await makeWorld(async () => ({ store, advance: () => undefined, now: Date.now }));
  const version = await world.imported({ pinned: { token: 'pinned' }, samples: { size: 'sample' } });
  const parameters = [{ name: 'password', value: 'parameter', sensitive: true }];
  const workspace = await world.workspace(version, { build: { parameters } });
  const ref = await world.running(await world.daemon());
  const text = JSON.stringify({ serial: 1, outputs: 'x'.repeat(2.5 * limits.blobChunkBytes) });
  const state = await uploadState(store, text);
  await store.logs.append(ref, [textEntry(1)]);
  await store.jobs.settle(ref, { ...success, state });
  return { store, workspace, state, text, version, ref };
}

describe('a backup', () => {
  test('is the whole database, taken while others write, and opens with the key beside it', async () => {
    const dataDir = tempDir();
    const { store, workspace, state, text } = await filled(dataDir);
    const target = join(tempDir(), "it's a backup.sqlite");
    const backup = store.maintenance.backup(target);
    for (let i = 0; i < 50; i++) await store.organizations.create({ name: `o${i}` });
    const { sizeBytes } = await backup;
    expect(statSync(target).size).toBe(sizeBytes);
    expect((statSync(target).mode & 0o777).toString(8)).toBe('600');
    await store.close();

    const restored = tempDir();
    copyFileSync(target, join(restored, 'berth.sqlite'));
    await expectError(open(restored), 'encryption_key_unusable');
    copyFileSync(join(dataDir, 'encryption.key'), join(restored, 'encryption.key'));
    const again = await open(restored);
    expect((await again.workspaces.byId(workspace.id))?.latestBuild.state).toEqual(state);
    expect((await readAll(again.blobs.read({ kind: 'state', digest: state.digest }))).toString()).toBe(text);
    expect((await again.maintenance.verify()).problems).toEqual([]);
  });

  test('overwrites nothing, and leaves nothing where it cannot be written', async () => {
    const store = await open(tempDir());
    const folder = tempDir();
    const target = join(folder, 'there');
    writeFileSync(target, 'something');
    await expectError(store.maintenance.backup(target), 'invalid_request');
    expect(readFileSync(target, 'utf8')).toBe('something');
    await expectError(store.maintenance.backup(join(folder, 'no/where')), 'invalid_request');
    expect(readdirSync(folder)).toEqual(['there']);
  });
});

describe('a verification finds', () => {
  /** Changes the database behind the store's back, and says what is found. */
  async function findings(change: (db: Database.Database) => void) {
    const dataDir = tempDir();
    const { store } = await filled(dataDir);
    await store.close();
    const db = new Database(join(dataDir, 'berth.sqlite'));
    db.pragma('foreign_keys = off');
    change(db);
    db.close();
    const { problems } = await (await open(dataDir)).maintenance.verify();
    return problems.map(({ kind, problem }) => `${kind}: ${problem}`);
  }

  test.each<[string, string, string]>([
    ['a job that the lifecycle does not know', 'update jobs set lease_expires_at = 1', 'job: it has ended, and holds'],
    [
      'a job that both runs and waits',
      'update jobs set finished_at = null, offered_at = null',
      'job: it runs, and has no offer',
    ],
    ['an attempt that is not there', 'update jobs set attempt = 7', 'job: attempt 7 is not there'],
    ['an attempt that never ended', 'update attempts set ended_at = null', 'attempt: it owns its job'],
    ['a log with a hole', 'update log_batches set first_seq = 3, last_seq = 3', 'log: entries 1 to 2 are not there'],
    [
      'a reference to nothing',
      `update workspaces set latest_build_id = 'x'`,
      "reference: workspaces.latest_build_id names 'x'",
    ],
    ['a row that names nothing', `update builds set initiator_id = 'x'`, 'database: row '],
    ['a piece that is gone', `delete from blob_chunks where byte_offset > 0`, 'state: '],
    [
      'a state that was changed',
      `update blob_chunks set content = zeroblob(length(content))`,
      'state: it cannot be read',
    ],
    ['an archive that was changed', `update blob_chunks set content = x'00' where size_bytes = 64`, 'archive: '],
    ['a value that no key opens', `update builds set sealed_parameters = x'00'`, 'sealed: builds.sealed_parameters'],
  ])('%s', async (_, statement, says) => {
    const found = await findings(db => db.exec(statement));
    expect(found.filter(problem => problem.startsWith(says))).not.toEqual([]);
  });
});

describe('keys', () => {
  test('are exchanged: everything opens with the new one alone, which is left in the file', async () => {
    const dataDir = tempDir();
    const keyFile = join(dataDir, 'encryption.key');
    const { store: before, workspace, state, text, version } = await filled(dataDir);
    await before.close();
    const old = readFileSync(keyFile);
    const store = await open(dataDir, { newKey: true });
    expect(readFileSync(keyFile).length).toBe(64);
    expect(readFileSync(keyFile).subarray(32).equals(old)).toBe(true);
    expect(await store.maintenance.rotateKeys()).toBeGreaterThan(6);
    expect(await store.maintenance.rotateKeys()).toBe(0);
    await store.close();
    const fresh = readFileSync(keyFile);
    expect(fresh.length).toBe(32);
    expect(fresh.equals(old)).toBe(false);

    const after = await open(dataDir);
    expect((await after.maintenance.verify()).problems).toEqual([]);
    const blob = { kind: 'state' as const, digest: state.digest };
    expect((await readAll(after.blobs.read(blob))).toString()).toBe(text);
    expect((await after.workspaces.byId(workspace.id))?.latestBuild).toMatchObject({
      state,
      parameters: [{ value: 'parameter' }],
    });
    expect((await after.templates.version(version.id))?.pinned).toEqual({ token: 'pinned' });
    await after.close();
    writeFileSync(keyFile, old);
    await expectError(open(dataDir), 'encryption_key_unusable');
  });

  test('an exchange that broke off is taken up again', async () => {
    const dataDir = tempDir();
    const { store: before, state, text } = await filled(dataDir);
    await before.close();
    await (await open(dataDir, { newKey: true })).close();
    const between = await open(dataDir);
    const other = await uploadState(between, '{"serial":2}');
    await between.close();
    const store = await open(dataDir, { newKey: true });
    await store.maintenance.rotateKeys();
    for (const [digest, content] of [
      [state.digest, text],
      [other.digest, '{"serial":2}'],
    ] as const) {
      expect((await readAll(store.blobs.read({ kind: 'state', digest }))).toString()).toBe(content);
    }
    expect((await store.maintenance.verify()).problems).toEqual([]);
  });

  test('an upload that is under way begins anew', async () => {
    const dataDir = tempDir();
    mkdirSync(dataDir, { recursive: true });
    const { store: before } = await filled(dataDir);
    const content = Buffer.from('{"serial":5}');
    const ref = { kind: 'state' as const, digest: 'e'.repeat(64) };
    const part = async function* () {
      yield content;
    };
    await before.blobs.write(ref, { sizeBytes: 100, offset: 0, content: part() });
    await before.close();
    const store = await open(dataDir, { newKey: true });
    expect((await store.blobs.status(ref)).receivedBytes).toBe(content.length);
    await store.maintenance.rotateKeys();
    expect(await store.blobs.status(ref)).toEqual({ receivedBytes: 0, complete: false });
    expect((await store.maintenance.verify()).problems).toEqual([]);
  });
});

import { mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir, testGuard } from '@berth/testkit';
import { expect, test } from 'vitest';
import { type LockedPlugin, PluginCache, readLockFilePlugins } from '../src/index.js';
import { withFileLock } from '../src/plugins/fileLock.js';
import type { InstalledPlugin } from '../src/plugins/installedPlugins.js';
import { formatLockFile, withHash } from '../src/plugins/lockedPlugins.js';
import { hashPackage } from '../src/plugins/packageHash.js';

const address = 'registry.example.com/acme/thing';
const code = 'plugin_cache_unusable';
const never = new AbortController().signal;

/** An installed plugin of two files, and what a lock file says of it. */
async function plugin(
  content = 'program',
  version = '1.0.0',
): Promise<{ installed: InstalledPlugin; locked: LockedPlugin }> {
  const path = join(tempDir(), 'package');
  mkdirSync(join(path, 'docs'), { recursive: true });
  writeFileSync(join(path, 'terraform-provider-thing'), content, { mode: 0o755 });
  writeFileSync(join(path, 'docs', 'LICENSE'), 'free');
  const hashes = [await hashPackage(path), `zh:${content}`];
  return { installed: { address, version, path, isLink: false }, locked: { address, version, hashes } };
}

async function cacheWith(...contents: string[]) {
  const root = join(tempDir(), 'cache');
  const cache = await PluginCache.open(root, 'linux_amd64');
  const entries = [];
  for (const content of contents) {
    const { installed, locked } = await plugin(content);
    entries.push(await cache.add(installed, locked.hashes));
  }
  return { root, cache, entries };
}

/** Everything that is in one folder of a cache. */
function names(root: string): string[] {
  return readdirSync(join(root, 'entries'));
}

test('a plugin is found by any hash that it is known by, for its own address, version and platform', async () => {
  const { root, cache } = await cacheWith('program');
  const { locked } = await plugin();
  const [h1 = '', zh = ''] = locked.hashes;
  for (const hashes of [[h1], [zh], ['zh:of-another-platform', zh]]) {
    expect(await cache.find({ ...locked, hashes })).toMatchObject({ address, version: '1.0.0', hash: h1 });
  }
  expect(await cache.find({ ...locked, hashes: ['zh:other', 'h1:AAAA'] })).toBeNull();
  expect(await cache.find({ ...locked, hashes: [] })).toBeNull();
  expect(await cache.find({ ...locked, address: 'registry.example.com/acme/other' })).toBeNull();
  expect(await cache.find({ ...locked, version: '1.0.1', hashes: [zh] })).toBeNull();
  const other = await PluginCache.open(root, 'darwin_arm64');
  expect(await other.find(locked)).toBeNull();
});

test('an entry cannot be written to, and what is placed links to it', async () => {
  const { cache, entries } = await cacheWith('program');
  const [entry] = entries;
  if (entry === undefined) throw new Error('nothing was added');
  const target = join(tempDir(), 'a', 'b');
  expect(await cache.place(entry, target)).toBe(true);
  const program = statSync(join(target, 'terraform-provider-thing'));
  expect(program.mode & 0o777).toBe(0o555);
  expect(statSync(join(target, 'docs', 'LICENSE')).mode & 0o777).toBe(0o444);
  expect(program.ino).toBe(statSync(join(entry.files, 'terraform-provider-thing')).ino);
});

test('the package of a mirror is copied and stays as it is', async () => {
  const { cache } = await cacheWith();
  const { installed, locked } = await plugin();
  const link = join(tempDir(), 'link');
  symlinkSync(installed.path, link);
  await cache.add({ ...installed, path: link, isLink: true }, locked.hashes);
  expect(await hashPackage(installed.path)).toBe(locked.hashes[0]);
  expect(statSync(join(installed.path, 'terraform-provider-thing')).mode & 0o777).toBe(0o755);
  expect(await cache.find(locked)).not.toBeNull();
});

testGuard('terraform.plugin_checksum', 'a package that is not what was locked is not taken in', async () => {
  const { root, cache } = await cacheWith();
  const { installed, locked } = await plugin();
  writeFileSync(join(installed.path, 'terraform-provider-thing'), 'changed');
  await expect(cache.add(installed, locked.hashes)).rejects.toMatchObject({ code });
  expect(names(root)).toEqual([]);
});

testGuard('terraform.plugin_in_use', 'what a warm directory links to is not removed', async () => {
  const { root, cache, entries } = await cacheWith('program');
  for (const entry of entries) await cache.place(entry, join(tempDir(), 'warm'));
  await cache.prune({ maxAgeMs: -1, maxBytes: 0 });
  expect(names(root)).toHaveLength(1);
});

test('two that add the same plugin at once leave one entry', async () => {
  const { root, cache } = await cacheWith();
  const made = await Promise.all([1, 2, 3].map(() => plugin()));
  const entries = await Promise.all(made.map(({ installed, locked }) => cache.add(installed, locked.hashes)));
  expect(new Set(entries.map(entry => entry.path)).size).toBe(1);
  expect(names(root)).toHaveLength(1);
});

test('what is unused for long, or too much, is removed, the longest unused first; never what is linked to', async () => {
  const { root, cache, entries } = await cacheWith('old', 'used', 'newer', 'newest');
  const [old, used, newer, newest] = entries;
  if (!old || !used || !newer || !newest) throw new Error('nothing was added');
  const now = Date.now();
  const age = (entry: { path: string }, days: number) => {
    const at = new Date(now - days * 24 * 3_600_000);
    utimesSync(join(entry.path, 'entry.json'), at, at);
  };
  await cache.place(used, join(tempDir(), 'warm'));
  age(old, 40);
  age(used, 50);
  age(newer, 2);
  age(newest, 1);
  const removed = await cache.prune({ maxAgeMs: 30 * 24 * 3_600_000, maxBytes: 1e9 }, now);
  expect(removed.map(entry => entry.path)).toEqual([old.path]);
  const bySize = await cache.prune({ maxAgeMs: 1e12, maxBytes: used.sizeBytes + newest.sizeBytes }, now);
  expect(bySize.map(entry => entry.path)).toEqual([newer.path]);
  expect(names(root)).toHaveLength(2);
});

test('adding a plugin makes room for it', async () => {
  const root = join(tempDir(), 'cache');
  const cache = await PluginCache.open(root, 'linux_amd64', { maxAgeMs: 1e12, maxBytes: 1 });
  for (const content of ['first', 'second']) {
    const { installed, locked } = await plugin(content);
    await cache.add(installed, locked.hashes);
    expect(await cache.find(locked)).not.toBeNull();
  }
  expect(names(root)).toHaveLength(1);
});

test('what a process left half-made is removed later, and counts for nothing before', async () => {
  const { root, cache } = await cacheWith('program');
  const draft = join(root, 'entries', '.draft-left');
  mkdirSync(join(draft, 'files'), { recursive: true });
  await cache.prune({ maxAgeMs: 1e12, maxBytes: 1e12 });
  expect(names(root)).toHaveLength(2);
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(draft, yesterday, yesterday);
  await cache.prune({ maxAgeMs: 1e12, maxBytes: 1e12 });
  expect(names(root)).toHaveLength(1);
});

test('an entry that is removed while it is placed counts as gone', async () => {
  const { cache, entries } = await cacheWith('program');
  const [entry] = entries;
  if (entry === undefined) throw new Error('nothing was added');
  await cache.prune({ maxAgeMs: -1, maxBytes: 0 });
  const target = join(tempDir(), 'warm');
  expect(await cache.place(entry, target)).toBe(false);
  expect(() => statSync(target)).toThrow();
});

test('a cache that cannot be written to is told at once', async () => {
  const file = join(tempDir(), 'file');
  writeFileSync(file, '');
  await expect(PluginCache.open(file, 'linux_amd64')).rejects.toMatchObject({ code: 'plugin_cache_unusable' });
});

test('work under one lock file is done by one at a time, also where that work fails', async () => {
  const lock = { path: join(tempDir(), 'lock'), code } as const;
  let inside = 0;
  const seen: number[] = [];
  const work = async (fails: boolean) => {
    seen.push(++inside);
    await new Promise(resolve => setImmediate(resolve));
    inside--;
    if (fails) throw new Error('on purpose');
  };
  const ends = await Promise.allSettled(
    [false, true, false, true].map(fails => withFileLock(lock, never, () => work(fails))),
  );
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
  expect(seen).toEqual([1, 1, 1, 1]);
});

test('who waits for a lock can give up', async () => {
  const lock = { path: join(tempDir(), 'lock'), code } as const;
  const waiter = new AbortController();
  await withFileLock(lock, never, async () => {
    const waiting = withFileLock(lock, waiter.signal, async () => 'had it');
    waiter.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
  });
  expect(await withFileLock(lock, never, async () => 'free')).toBe('free');
});

test('a lock file that cannot be made is told', async () => {
  const nowhere = { path: join(tempDir(), 'nowhere', 'lock'), code } as const;
  await expect(withFileLock(nowhere, never, async () => 1)).rejects.toMatchObject({ code: 'plugin_cache_unusable' });
});

test('lock files are read as the engines write them, and get further hashes', async () => {
  const { locked } = await plugin();
  const other = { address: 'registry.example.com/acme/other', version: '2.0.0-rc1', hashes: ['h1:b=', 'zh:c'] };
  const text = `# This file is maintained automatically by "terraform init".\n\n${formatLockFile([locked, other])}`;
  const [first, second] = readLockFilePlugins(text);
  expect(first).toEqual({ ...locked, hashes: [...locked.hashes].sort() });
  expect(second).toEqual(other);
  const more = readLockFilePlugins(withHash(text, other.address, 'h1:a='));
  expect(more.map(({ hashes }) => hashes.length)).toEqual([2, 3]);
  expect(withHash(text, other.address, 'zh:c')).toBe(text);
  expect(readLockFilePlugins('# nothing\n')).toEqual([]);
});

import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TerraformError } from '../errors.js';
import { guardHolds } from '../guards.js';
import type { PruneLimits } from '../warm/warmDirectories.js';
import { type CacheEntry, isLinked, readCacheEntry, touchCacheEntry, writeCacheNotes } from './cacheEntry.js';
import { clearDrafts, DRAFT } from './drafts.js';
import { withFileLock } from './fileLock.js';
import type { InstalledPlugin } from './installedPlugins.js';
import type { LockedPlugin } from './lockedPlugins.js';
import { hasCode, isOfDisk, linkPackage, sealPackage, takePackage } from './packageFiles.js';
import { hashPackage } from './packageHash.js';

/** Longer than a warm directory is kept that may be made again from it; and a few dozen plugins of the large kind. */
const defaultLimits: PruneLimits = { maxAgeMs: 60 * 24 * 3_600_000, maxBytes: 10 * 1024 ** 3 };

/**
 * Plugins by their content, each once, for all template versions of a daemon and for other daemons that are given the
 * same folder. Entries are written aside, brought to disk and renamed, and never changed afterwards. Who uses one links to
 * its files, so that it keeps them whatever becomes of the entry, and so that the count of links tells that it is used.
 *
 * `entries/HASH/` holds `files/`, read-only, and `entry.json`, whose time says when it was last used; `locks/` holds one
 * file for each plugin version that was ever fetched.
 */
export class PluginCache {
  private constructor(
    private readonly root: string,
    readonly platform: string,
    private readonly limits: PruneLimits,
  ) {}

  /**
   * @param platform of the engine, such as `linux_amd64`
   * @param limits to which it is pruned now and after each plugin that is added
   * @throws TerraformError `plugin_cache_unusable`
   */
  static async open(root: string, platform: string, limits: PruneLimits = defaultLimits): Promise<PluginCache> {
    try {
      for (const name of ['entries', 'locks']) await mkdir(join(root, name), { recursive: true });
      const probe = await mkdtemp(join(root, 'entries', DRAFT));
      await rm(probe, { recursive: true });
    } catch (cause) {
      throw new TerraformError('plugin_cache_unusable', `the plugin cache ${root} cannot be written to`, { cause });
    }
    const cache = new PluginCache(root, platform, limits);
    await cache.prune(limits);
    return cache;
  }

  /** The package of a plugin that has one of the hashes that a lock file names; null when there is none. */
  async find({ address, version, hashes }: LockedPlugin): Promise<CacheEntry | null> {
    const wanted = new Set(hashes);
    for (const hash of hashes.filter(text => text.startsWith('h1:'))) {
      const entry = await readCacheEntry(join(this.entries, nameOf(hash)));
      if (entry !== null && entry.address === address && entry.platform === this.platform) return entry;
    }
    for (const entry of await this.list()) {
      if (entry.address !== address || entry.version !== version || entry.platform !== this.platform) continue;
      if (entry.hashes.some(hash => wanted.has(hash))) return entry;
    }
    return null;
  }

  /** Puts the package of an entry where an engine looks for it. False when the entry is gone by now. */
  async place(entry: CacheEntry, path: string): Promise<boolean> {
    await rm(path, { recursive: true, force: true });
    try {
      await linkPackage(entry.files, path);
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      if (hasCode(error, ['ENOENT'])) return false;
      throw error;
    }
    await touchCacheEntry(entry);
    return true;
  }

  /**
   * Takes in a plugin that an engine has installed and checked.
   *
   * @param hashes that the engine noted down for it in the lock file
   * @throws TerraformError `plugin_cache_unusable` when it is not what the engine has checked
   */
  async add({ address, version, path, isLink }: InstalledPlugin, hashes: readonly string[]): Promise<CacheEntry> {
    const draft = join(this.entries, `${DRAFT}${randomUUID()}`);
    try {
      await mkdir(draft);
      await chmod(draft, 0o755);
      const files = join(draft, 'files');
      await takePackage(path, files, isLink);
      const sizeBytes = await sealPackage(files);
      const hash = await hashPackage(files);
      if (!hashes.includes(hash) && guardHolds('terraform.plugin_checksum')) {
        const message = `${address} ${version} was changed after the engine had checked it`;
        throw new TerraformError('plugin_cache_unusable', message);
      }
      const notes = { address, version, platform: this.platform, hash, hashes: [...hashes], sizeBytes };
      await writeCacheNotes(draft, notes);
      const entry = join(this.entries, nameOf(hash));
      await this.rename(draft, entry);
      await this.prune(this.limits, Date.now(), entry);
      return (
        (await readCacheEntry(entry)) ?? { ...notes, path: entry, files: join(entry, 'files'), usedAt: Date.now() }
      );
    } catch (cause) {
      await rm(draft, { recursive: true, force: true });
      if (!isOfDisk(cause)) throw cause;
      const message = `${address} ${version} cannot be written to the plugin cache ${this.root}: ${cause.message}`;
      throw new TerraformError('plugin_cache_unusable', message, { cause });
    }
  }

  /** Does some work that no other process does for the same plugin at the same time: fetching it. */
  async alone<T>({ address, version }: LockedPlugin, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const name = createHash('sha256').update(`${address} ${version} ${this.platform}`).digest('hex');
    const path = join(this.root, 'locks', `${name.slice(0, 32)}.lock`);
    return withFileLock({ path, code: 'plugin_cache_unusable' }, signal, work);
  }

  /**
   * Removes what is unused for too long or takes too much space, never what a warm directory links to. Returns what was
   * removed.
   *
   * @param kept an entry that is about to be used
   */
  async prune(limits: PruneLimits, now: number = Date.now(), kept: string | null = null): Promise<CacheEntry[]> {
    await clearDrafts(this.entries, now);
    const entries = (await this.list()).sort((a, b) => a.usedAt - b.usedAt);
    let total = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    const removed: CacheEntry[] = [];
    for (const entry of entries) {
      const isOld = now - entry.usedAt > limits.maxAgeMs;
      if (entry.path === kept || (!isOld && total <= limits.maxBytes)) continue;
      if (!(await this.remove(entry))) continue;
      total -= entry.sizeBytes;
      removed.push(entry);
    }
    return removed;
  }

  private get entries(): string {
    return join(this.root, 'entries');
  }

  private async list(): Promise<CacheEntry[]> {
    const names = (await readdir(this.entries)).filter(name => !name.startsWith(DRAFT));
    const entries = await Promise.all(names.map(name => readCacheEntry(join(this.entries, name))));
    return entries.filter(entry => entry !== null);
  }

  /** What is there already is the same: its name is the hash of its content. */
  private async rename(draft: string, entry: string): Promise<void> {
    try {
      await rename(draft, entry);
    } catch (error) {
      if (!hasCode(error, ['ENOTEMPTY', 'EEXIST'])) throw error;
      await rm(draft, { recursive: true, force: true });
      return;
    }
    const folder = await open(this.entries, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Out of sight first, so that nobody links to a half of it; who was just linking to it has it no more, and fetches it again. */
  private async remove(entry: CacheEntry): Promise<boolean> {
    const isUsed = await isLinked(entry.files).catch(() => true);
    if (isUsed && guardHolds('terraform.plugin_in_use')) return false;
    const grave = join(this.entries, `${DRAFT}${basename(entry.path)}`);
    try {
      await rename(entry.path, grave);
    } catch (error) {
      // Another process removes it.
      if (hasCode(error, ['ENOENT', 'ENOTEMPTY', 'EEXIST'])) return false;
      throw error;
    }
    await rm(grave, { recursive: true, force: true });
    return true;
  }
}

/** An `h1:` hash as a name of a folder. */
function nameOf(hash: string): string {
  return Buffer.from(hash.slice('h1:'.length), 'base64').toString('hex');
}

import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonValue } from '../jsonValue.js';
import { WarmDirectory } from './warmDirectory.js';
import { folderBytes, readEntry, touchEntry, type WarmEntry, writeEntry } from './warmEntry.js';

export interface PruneLimits {
  /** Unused for longer than this: removed. */
  maxAgeMs: number;
  /** The longest unused are removed until all together are below this. */
  maxBytes: number;
}

/** Folders that are being made or removed; left behind by a crash they are removed at the next start. */
const DRAFT = '.draft-';

/**
 * The warm directories of one daemon: initialised copies of template versions, each built once and kept until it is
 * pruned. The folder belongs to one process at a time.
 *
 * Each holds `files/` and `entry.json`, whose time says when it was last used.
 */
export class WarmDirectories {
  /** Builds under way. */
  private readonly builds = new Map<string, Promise<void>>();
  /** How many hold each key. */
  private readonly holds = new Map<string, number>();

  private constructor(private readonly root: string) {}

  /** Opens the folder, made if need be, and clears away what a crash left half-way. */
  static async open(root: string): Promise<WarmDirectories> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const drafts = (await readdir(root)).filter(name => name.startsWith(DRAFT));
    await Promise.all(drafts.map(name => rm(join(root, name), { recursive: true, force: true })));
    return new WarmDirectories(root);
  }

  /** Holds the warm directory of this key, if there is one. For who starts from it, and for adopted attempts. */
  async hold(key: string): Promise<WarmDirectory | null> {
    // Counted first, so that no pruning falls between the look and the hold.
    this.count(key, 1);
    const entry = await readEntry(join(this.root, key)).catch((error: unknown) => {
      this.count(key, -1);
      throw error;
    });
    if (entry === null) {
      this.count(key, -1);
      return null;
    }
    await touchEntry(join(this.root, key));
    return new WarmDirectory(key, join(this.root, key, 'files'), entry.notes, () => this.count(key, -1));
  }

  /**
   * Holds the warm directory of this key, building it first if there is none. However many ask at once, it is built
   * once; if that fails (its attempt may have been canceled), its builder gets the error and the next one builds.
   *
   * @param build fills the given folder and returns what is to be noted down; the folder is renamed afterwards
   */
  async holdOrBuild(key: string, build: (files: string) => Promise<JsonValue>): Promise<WarmDirectory> {
    for (;;) {
      const found = await this.hold(key);
      if (found !== null) return found;
      const underWay = this.builds.get(key);
      if (underWay === undefined) break;
      await underWay.catch(() => undefined);
    }
    const building = this.build(key, build);
    this.builds.set(key, building);
    try {
      await building;
    } finally {
      this.builds.delete(key);
    }
    return this.holdOrBuild(key, build);
  }

  /** Removes what is unused for too long or takes too much space, never what is held. Returns the keys removed. */
  async prune(limits: PruneLimits, now: number = Date.now()): Promise<string[]> {
    const entries = await this.list();
    entries.sort((a, b) => a.entry.usedAt - b.entry.usedAt);
    let total = entries.reduce((sum, { entry }) => sum + entry.sizeBytes, 0);
    const removed: string[] = [];
    for (const { key, entry } of entries) {
      const isOld = now - entry.usedAt > limits.maxAgeMs;
      if (this.holds.has(key) || (!isOld && total <= limits.maxBytes)) continue;
      total -= entry.sizeBytes;
      removed.push(key);
      await this.remove(key);
    }
    return removed;
  }

  private async list(): Promise<{ key: string; entry: WarmEntry }[]> {
    const keys = (await readdir(this.root)).filter(name => !name.startsWith(DRAFT));
    const entries = await Promise.all(keys.map(async key => ({ key, entry: await readEntry(join(this.root, key)) })));
    return entries.flatMap(({ key, entry }) => (entry === null ? [] : [{ key, entry }]));
  }

  private async build(key: string, build: (files: string) => Promise<JsonValue>): Promise<void> {
    const draft = await mkdtemp(join(this.root, DRAFT));
    try {
      const files = join(draft, 'files');
      await mkdir(files);
      const notes = await build(files);
      await writeEntry(draft, { notes, sizeBytes: await folderBytes(files) });
      // Whatever has the name has no entry, or it would have been held instead.
      await rm(join(this.root, key), { recursive: true, force: true });
      await rename(draft, join(this.root, key));
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
  }

  /** Out of sight first, so that nobody starts from a half-removed one. */
  private async remove(key: string): Promise<void> {
    const grave = await mkdtemp(join(this.root, DRAFT));
    await rename(join(this.root, key), join(grave, key));
    await rm(grave, { recursive: true, force: true });
  }

  private count(key: string, change: 1 | -1): void {
    const holds = (this.holds.get(key) ?? 0) + change;
    if (holds === 0) this.holds.delete(key);
    else this.holds.set(key, holds);
  }
}

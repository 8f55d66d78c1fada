import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { installedPath, listInstalled } from './installedPlugins.js';
import { type LockedPlugin, readLockFilePlugins, withHash } from './lockedPlugins.js';
import type { PluginCache } from './pluginCache.js';

/** What of a lock file's plugins the cache had. */
export interface PlacedPlugins {
  /** The lock file, with the `h1:` of each placed package: an unpacked one is known by nothing else. */
  lockFile: string;
  placed: LockedPlugin[];
  missing: LockedPlugin[];
}

/** Puts the plugins of a lock file that the cache has where the engine looks for them in a working directory. */
export async function placePlugins(cache: PluginCache, lockFile: string, folder: string): Promise<PlacedPlugins> {
  const result: PlacedPlugins = { lockFile, placed: [], missing: [] };
  for (const plugin of readLockFilePlugins(lockFile)) {
    const entry = await cache.find(plugin);
    if (entry === null || !(await cache.place(entry, installedPath(folder, plugin, cache.platform)))) {
      result.missing.push(plugin);
      continue;
    }
    result.placed.push(plugin);
    result.lockFile = withHash(result.lockFile, plugin.address, entry.hash);
  }
  return result;
}

/**
 * Makes a mirror of links to what was placed. Init asks a source for each plugin even where all are in their places; this
 * one answers without any network.
 *
 * @param mirror a folder that is not there yet, or of an earlier call
 */
export async function mirrorPlaced(
  mirror: string,
  plugins: readonly LockedPlugin[],
  folder: string,
  platform: string,
): Promise<void> {
  await rm(mirror, { recursive: true, force: true });
  await mkdir(mirror, { mode: 0o700 });
  for (const plugin of plugins) {
    const link = join(mirror, plugin.address, plugin.version, platform);
    await mkdir(dirname(link), { recursive: true });
    await symlink(installedPath(folder, plugin, platform), link);
  }
}

/**
 * Takes what init has installed into the cache, and leaves links to the cache's files in its place. To be called before
 * anything of the template runs: what the lock file says of the plugins is then the engine's word alone.
 *
 * @throws TerraformError `plugin_cache_unusable`
 */
export async function keepInstalled(cache: PluginCache, folder: string, lockFile: string): Promise<void> {
  const locked = new Map(readLockFilePlugins(lockFile).map(plugin => [plugin.address, plugin]));
  for (const installed of await listInstalled(folder, cache.platform)) {
    const plugin = locked.get(installed.address);
    if (plugin === undefined || plugin.version !== installed.version) continue;
    const entry = (await cache.find(plugin)) ?? (await cache.add(installed, plugin.hashes));
    if (!(await cache.place(entry, installed.path))) {
      throw new Error(`${installed.address} was removed from the plugin cache while it was placed`);
    }
  }
}

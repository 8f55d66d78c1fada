import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fetchPlugin,
  formatCliConfig,
  init,
  isAddress,
  keepInstalled,
  type LockedPlugin,
  lacksVersion,
  mirrorPlaced,
  placePlugins,
  pluginError,
} from '@berth/terraform';
import { asBerthError, berthErrors } from '../engineErrors.js';
import { engineError } from './engineEnd.js';
import type { JobContext } from './jobContext.js';
import { runEngine } from './runEngine.js';
import { readLockFile } from './templateFindings.js';

/**
 * Brings exactly the plugins of a lock file to where the engine looks for them in a folder: from the cache, into which
 * those that it has not are fetched first.
 *
 * @throws BerthError `plugin_unavailable`, `plugin_hash_mismatch`, `plugin_cache_unusable`; Stopped
 */
export async function installLocked(job: JobContext, folder: string, lockFile: string): Promise<void> {
  for (;;) {
    const { lockFile: text, missing, placed } = await berthErrors(placePlugins(job.host.pluginCache, lockFile, folder));
    if (missing.length === 0) return showPlaced(job, folder, text, placed);
    for (const plugin of missing) await fetchLocked(job, plugin);
    // Looked for again: the cache of another daemon may just have been pruned.
  }
}

/** What of a template's own lock file the cache has needs not be fetched again; the rest is for init to fetch. */
export async function installKnown(job: JobContext, folder: string): Promise<void> {
  const lockFile = await readLockFile(folder);
  const known = await berthErrors(placePlugins(job.host.pluginCache, lockFile ?? '', folder));
  await showPlaced(job, folder, lockFile === null ? null : known.lockFile, known.placed);
}

/**
 * Initialises a folder, and takes the plugins that came with it into the cache.
 *
 * @param locked the lock file is to stay as it is
 * @throws BerthError `engine_failed`…; Stopped
 */
export async function runInit(job: JobContext, cwd: string, locked: boolean): Promise<void> {
  const run = () => runEngine(job, operation => init({ ...operation, cwd, locked, signal: job.preparing }));
  let end = await run();
  const { pluginMirrors, engine } = job.host;
  if (!locked && lacksVersion(end.errors) && pluginMirrors.some(mirror => !isAddress(mirror))) {
    job.lever.throwIfPulled();
    job.say('The mirrors have no version that the template allows of a plugin: what comes after them is asked.');
    const { plugins } = job.folder;
    job.writeCliConfig(await berthErrors(formatCliConfig(pluginMirrors, engine.platform, plugins, true)));
    end = await run();
  }
  const error = engineError(job, 'init', end);
  if (error?.code === 'engine_failed') throw asBerthError(pluginError(pluginMirrors, end.errors) ?? error);
  if (error !== null) throw error;
  const lockFile = await readLockFile(cwd);
  if (!locked && lockFile !== null) await berthErrors(keepInstalled(job.host.pluginCache, cwd, lockFile));
}

async function fetchLocked(job: JobContext, plugin: LockedPlugin): Promise<void> {
  const { pluginCache: cache, pluginMirrors: mirrors } = job.host;
  job.lever.throwIfPulled();
  const end = await runEngine(job, operation => {
    return fetchPlugin({ cache, mirrors, init: { ...operation, signal: job.preparing } }, plugin);
  }).catch((error: unknown) => {
    job.lever.throwIfPulled();
    throw asBerthError(error);
  });
  const error = end === null ? null : engineError(job, 'init', end);
  if (error !== null) throw error;
}

/** Init is told of them by a mirror of its own: it asks a source even for what is there. */
async function showPlaced(
  job: JobContext,
  folder: string,
  lockFile: string | null,
  placed: readonly LockedPlugin[],
): Promise<void> {
  const { pluginCache, pluginMirrors, engine } = job.host;
  const mirror = job.folder.plugins;
  await mirrorPlaced(mirror, placed, folder, pluginCache.platform);
  if (lockFile !== null) await writeFile(join(folder, '.terraform.lock.hcl'), lockFile);
  job.writeCliConfig(await berthErrors(formatCliConfig(pluginMirrors, engine.platform, mirror)));
  job.show(mirror);
}

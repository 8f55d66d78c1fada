import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCliConfig } from '../attempt/cliConfig.js';
import { TerraformError } from '../errors.js';
import type { OperationEnd } from '../operations/followRun.js';
import { type InitContext, init } from '../operations/init.js';
import { listInstalled } from './installedPlugins.js';
import { formatLockFile, type LockedPlugin, readLockFilePlugins } from './lockedPlugins.js';
import type { PluginCache } from './pluginCache.js';
import { fetchError } from './pluginErrors.js';
import { isAddress, versionsIn } from './pluginSources.js';

/** What plugins are fetched with. */
export interface FetchContext {
  cache: PluginCache;
  /** Where plugins come from before their registries: folders, and `https://` addresses. */
  mirrors: readonly string[];
  init: InitContext & { signal: AbortSignal };
}

/**
 * Fetches a locked plugin into the cache, unless another process is doing it or has done it: then it is waited for. The
 * engine itself fetches it, in a folder that asks for nothing else, so that credentials, proxies, signatures and hashes
 * are dealt with as they are by any init.
 *
 * @returns how the engine ended when it was stopped; null when the cache has the plugin
 * @throws TerraformError `plugin_unavailable`, `plugin_hash_mismatch`, `plugin_cache_unusable`; the signal's reason
 */
export async function fetchPlugin(context: FetchContext, plugin: LockedPlugin): Promise<OperationEnd | null> {
  const { cache, init } = context;
  return cache.alone(plugin, init.signal, async () => {
    if ((await cache.find(plugin)) !== null) return null;
    return fetch(context, plugin);
  });
}

async function fetch({ cache, mirrors, init: operation }: FetchContext, plugin: LockedPlugin) {
  const { folder } = operation;
  const cwd = join(folder.path, 'fetch');
  await rm(cwd, { recursive: true, force: true });
  await mkdir(cwd, { mode: 0o700 });
  const { address, version } = plugin;
  const wanted = { terraform: { required_providers: { wanted: { source: address, version: `= ${version}` } } } };
  await writeFile(join(cwd, 'main.tf.json'), JSON.stringify(wanted));
  await writeFile(join(cwd, '.terraform.lock.hcl'), formatLockFile([plugin]));
  const having = await foldersWith(mirrors, plugin, cache.platform);
  const sources = having.length > 0 ? having : mirrors.filter(isAddress);
  await writeFile(folder.cliConfig, await formatCliConfig(sources, cache.platform));
  try {
    const end = await init({ ...operation, cwd, runName: 'fetch' });
    if (!end.succeeded) {
      if (end.rungs.length > 0 || operation.signal.aborted) return end;
      throw fetchError(plugin, cache.platform, having.length > 0 ? having : mirrors, end.errors);
    }
    const [installed] = await listInstalled(cwd, cache.platform);
    const [locked] = readLockFilePlugins(await readFile(join(cwd, '.terraform.lock.hcl'), 'utf8'));
    if (installed === undefined || locked === undefined) {
      throw new TerraformError('plugin_unavailable', `init succeeded without ${address} ${version}`);
    }
    await cache.add(installed, locked.hashes);
    return null;
  } finally {
    await rm(cwd, { recursive: true, force: true });
    for (const run of folder.listRuns('fetch')) await rm(run.path, { recursive: true, force: true });
  }
}

/** Folders that have this very version: of another one that has the plugin at all, the engine would say that it has not. */
async function foldersWith(
  mirrors: readonly string[],
  { address, version }: LockedPlugin,
  platform: string,
): Promise<string[]> {
  const found: string[] = [];
  for (const mirror of mirrors.filter(place => !isAddress(place))) {
    if ((await versionsIn(mirror, address, platform)).includes(version)) found.push(mirror);
  }
  return found;
}

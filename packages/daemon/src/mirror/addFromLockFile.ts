import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import {
  type AddedPackage,
  AttemptFolder,
  addPackage,
  fetchPlugin,
  findEngine,
  type LockedPlugin,
  PluginCache,
  REGISTRY_HOSTS,
  secondsSinceBoot,
  terraformEnvironment,
} from '@berth/terraform';
import { berthErrors } from '../engineErrors.js';
import { readLock } from './readLock.js';

export interface LockFileToAdd {
  file: string;
  enginePath: string | undefined;
  /** Where plugins come from before their registries: folders, and `https://` addresses. */
  sources: readonly string[];
  /** Is told what is being fetched. */
  onFetch: (plugin: LockedPlugin) => void;
  signal: AbortSignal;
}

/** Longer than the engine takes for the largest plugin on the slowest line. */
const FETCH_SECONDS = 3600;

/**
 * Adds the plugins of a lock file to a mirror, for the platform of this machine: the engine fetches and checks them.
 *
 * @throws BerthError `engine_missing`…, `plugin_unavailable`, `plugin_hash_mismatch`, `invalid_request`; the signal's reason
 */
export async function addFromLockFile(mirror: string, options: LockFileToAdd): Promise<AddedPackage[]> {
  const { file, sources, signal } = options;
  const locked = await readLock(file);
  const engine = await berthErrors(findEngine({ enginePath: options.enginePath }));
  const folder = await mkdtemp(join(tmpdir(), 'berth-fetch-'));
  try {
    const cache = await berthErrors(PluginCache.open(join(folder, 'cache'), engine.platform));
    const init = {
      engine,
      folder: AttemptFolder.create(join(folder, 'attempt')),
      env: terraformEnvironment(process.env, { builtIn: false }),
      leaseDeadline: () => secondsSinceBoot() + FETCH_SECONDS,
      onEvents: () => undefined,
      signal,
    };
    const added: AddedPackage[] = [];
    for (const plugin of locked) {
      signal.throwIfAborted();
      options.onFetch(plugin);
      const end = await berthErrors(fetchPlugin({ cache, mirrors: sources, init }, plugin));
      const entry = await cache.find(plugin);
      if (entry === null) {
        signal.throwIfAborted();
        throw new BerthError('engine_failed', `${engine.name} init ended with exit code ${end?.exit.code ?? null}`);
      }
      const { version } = plugin;
      const { platform } = engine;
      const addition = { address: forBoth(plugin.address), version, platform, file: entry.files, sha256: null };
      added.push(...(await berthErrors(addPackage(mirror, addition))));
    }
    return added;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Without the host where it is one of the engines' own: the plugin is then found under both. */
function forBoth(address: string): string {
  const host = address.slice(0, address.indexOf('/'));
  return REGISTRY_HOSTS.includes(host) ? address.slice(host.length + 1) : address;
}

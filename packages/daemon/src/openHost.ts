import { join, resolve } from 'node:path';
import {
  type Engine,
  findEngine,
  formatCliConfig,
  installEngine,
  isAddress,
  PluginCache,
  type Policy,
  readPolicy,
  secretsOfEnvironment,
  terraformEnvironment,
} from '@berth/terraform';
import { parseAddress } from './connection/address.js';
import { type Credential, credentialSecret, takeCredentials } from './credential.js';
import { DataDirectory } from './dataDir/dataDirectory.js';
import { berthErrors } from './engineErrors.js';
import type { JobHost } from './jobs/jobHost.js';
import { takeStock } from './jobs/takeStock.js';
import { WarmTemplates } from './jobs/warmTemplates.js';
import { openSandbox } from './openSandbox.js';
import { credentialOf, type SharedOptions } from './options.js';
import { defaultTimings } from './timings.js';
import { HttpClient } from './transfer/httpClient.js';

interface HostRole {
  /** What to tell another process that asks for the data directory. */
  name: string;
  /** On the coordinator's machine: engines get little of the environment. */
  builtIn: boolean;
  /** Narrows the environment of engines to these names. */
  environmentAllow?: readonly string[] | undefined;
}

/**
 * Opens what the daemons of a process share. To be closed with {@link closeHost}.
 *
 * @throws BerthError `invalid_request`, `engine_missing`, `engine_too_old`, `sandbox_unavailable`, `data_dir_unusable`,
 *   `data_dir_in_use`
 */
export async function openHost(options: SharedOptions, role: HostRole): Promise<JobHost> {
  const { dataDir: path, logger } = options;
  const pluginMirrors = (options.pluginMirrors ?? []).map(mirror => (isAddress(mirror) ? mirror : resolve(mirror)));
  const timings = { ...defaultTimings, ...options.timings };
  const address = parseAddress(options.url);
  if (address.exposed) logger.warn({ coordinator: address.base }, 'the credential travels unencrypted: use https');
  takeCredentials(process.env);
  const hostEnvironment = { ...process.env };
  const policy = await berthErrors(openPolicy(options.policyFile));
  const engine = await openEngine(options);
  // Mirrors are looked at for each init; one that is wrong from the beginning is told now.
  await berthErrors(formatCliConfig(pluginMirrors, engine.platform));
  const dataDir = await DataDirectory.open({ path, name: role.name, waitMs: timings.lockWaitMs });
  try {
    const pluginCache = resolve(options.pluginCache ?? dataDir.plugins);
    const left = await takeStock(dataDir, logger);
    const environment = terraformEnvironment(hostEnvironment, { builtIn: role.builtIn, allow: role.environmentAllow });
    const surroundings = { engine, dataDir: dataDir.path, pluginMirrors, environment, logger };
    return {
      dataDir,
      engine,
      environment,
      sandbox: await openSandbox(options.sandbox ?? { mode: 'none' }, surroundings),
      policy,
      warm: await WarmTemplates.load(dataDir.warm, engine, policy),
      pluginCache: await berthErrors(PluginCache.open(pluginCache, engine.platform)),
      pluginMirrors,
      secrets: secretsOf(credentialOf(options), hostEnvironment),
      http: new HttpClient(address.base, timings.requestIdleMs),
      timings,
      ladder: options.ladder ?? {},
      limits: options.limits ?? {},
      left,
      logger,
    };
  } catch (error) {
    dataDir.close();
    throw error;
  }
}

async function openEngine({ enginePath, engineRelease, dataDir, logger }: SharedOptions): Promise<Engine> {
  if (engineRelease === undefined) return berthErrors(findEngine({ enginePath }));
  const { url: releaseUrl, ...release } = engineRelease;
  const onFetch = (from: string) => logger.info({ from }, `installing ${release.name} ${release.version}`);
  const folder = join(resolve(dataDir), 'engines');
  const installed = await berthErrors(installEngine({ ...release, releaseUrl, folder, onFetch }));
  return berthErrors(findEngine({ enginePath: installed }));
}

async function openPolicy(path: string | undefined): Promise<Policy | null> {
  return path === undefined ? null : readPolicy(path);
}

/** Every credential so far: it may be replaced while the daemon runs. */
function secretsOf(credential: () => Credential, environment: NodeJS.ProcessEnv): JobHost['secrets'] {
  const credentials = new Set<string>();
  const others = secretsOfEnvironment(environment);
  return () => {
    credentials.add(credentialSecret(credential()));
    return [...credentials, ...others];
  };
}

export function closeHost(host: JobHost): void {
  host.http.close();
  host.dataDir.close();
}

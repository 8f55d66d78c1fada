import type { Engine, Environment, LadderTimings, PluginCache, Policy, Sandbox } from '@berth/terraform';
import type { Logger } from 'pino';
import type { DataDirectory } from '../dataDir/dataDirectory.js';
import type { JobLimits } from '../options.js';
import type { DaemonTimings } from '../timings.js';
import type { HttpClient } from '../transfer/httpClient.js';
import type { LeftAttempt } from './leftAttempt.js';
import type { WarmTemplates } from './warmTemplates.js';

/** What the jobs of one process share. */
export interface JobHost {
  dataDir: DataDirectory;
  engine: Engine;
  /** What engines get of this process's environment. */
  environment: Environment;
  /** Where engines run; null for no sandbox. */
  sandbox: Sandbox | null;
  warm: WarmTemplates;
  /** Plugins that were fetched before, by this daemon or another one. */
  pluginCache: PluginCache;
  /** Where plugins come from before their registries: folders, and `https://` addresses. */
  pluginMirrors: readonly string[];
  /** What templates may do; null for everything. */
  policy: Policy | null;
  /** Never to be seen in a log: the daemon's credential, what the environment holds. */
  secrets: () => readonly string[];
  http: HttpClient;
  timings: DaemonTimings;
  /** Steps of the supervisor and its stop ladder; the grace comes with each job. */
  ladder: Partial<LadderTimings>;
  limits: JobLimits;
  /** Attempts that an earlier process has left. */
  left: readonly LeftAttempt[];
  logger: Logger;
}

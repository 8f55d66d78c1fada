import { hostname } from 'node:os';
import { BerthError, daemonName, type EngineName, tagSet } from '@berth/protocol';
import type { LadderTimings, SandboxMode } from '@berth/terraform';
import type { Logger } from 'pino';
import { type CoordinatorAddress, parseAddress } from './connection/address.js';
import type { Credential } from './credential.js';
import { type DaemonTimings, defaultTimings } from './timings.js';

/** As the hello of the daemon protocol allows. */
const MOST_SLOTS = 1000;

/** Where templates run, and what they see there. Absolute paths. */
export interface SandboxOptions {
  mode: SandboxMode;
  /** For templates to read, beside the system's programs and what their attempt needs. */
  readable?: readonly string[] | undefined;
  /** For templates to write to. */
  writable?: readonly string[] | undefined;
  /** What no template may see, wherever it stands: files with credentials. The data directory always is. */
  hidden?: readonly string[] | undefined;
}

/** When an engine of a job is stopped by the ladder though nobody asked for it. Not set means never. */
export interface JobLimits {
  /** From the beginning of a job on. */
  buildTimeoutMs?: number | undefined;
  /** For how long an engine may print nothing. A resource that is being made prints a line every ten seconds. */
  noOutputTimeoutMs?: number | undefined;
}

/** An engine to install. */
export interface EngineRelease {
  name: EngineName;
  version: string;
  /** Where releases are, in place of the original place. */
  url?: string | undefined;
  /** File of the public key that signs them, in place of the makers' own. */
  keyFile?: string | undefined;
}

/** What daemons of one process share. */
export interface SharedOptions {
  /** Address of the coordinator: `http(s)://HOST[:PORT][/PATH]`. */
  url: string;
  /** A function is asked before each attempt to connect: the key may have been replaced meanwhile. */
  credential: Credential | (() => Credential);
  /** Folder of this process alone; made if it is not there. */
  dataDir: string;
  /** The engine to run; `terraform`, else `tofu` of the PATH when not given. */
  enginePath?: string | undefined;
  /** A release to install into the data directory, unless it is there, and to run; goes with no {@link enginePath}. */
  engineRelease?: EngineRelease | undefined;
  /** Where plugins come from before their registries: folders, and `https://` addresses. */
  pluginMirrors?: readonly string[] | undefined;
  /** Folder that fetched plugins are kept in; several daemons may share one. Of the data directory unless given. */
  pluginCache?: string | undefined;
  /** None when not given. */
  sandbox?: SandboxOptions | undefined;
  limits?: JobLimits | undefined;
  /** File that says what templates may do; read at the start. Everything unless given. */
  policyFile?: string | undefined;
  logger: Logger;
  timings?: Partial<DaemonTimings> | undefined;
  /** Steps of the supervisor and its stop ladder, without the grace, which comes with each job. */
  ladder?: Partial<Pick<LadderTimings, 'pollMs' | 'stepMs'>> | undefined;
}

export interface DaemonOptions extends SharedOptions {
  /** Default: the name that the data directory had last, else that of the host. */
  name?: string | undefined;
  /** Name or id; the default organization when not given. */
  organization?: string | undefined;
  /** Tags as the user gave them; `scope` may be among them, `owner` never. */
  tags?: Readonly<Record<string, string>> | undefined;
  /** How many attempts may run at once; 1 when not given. */
  slots?: number | undefined;
  /** Takes one job, and ends when that has ended. */
  once?: boolean | undefined;
  /** How long `stop('drain')` waits for jobs before it stops them; for ever when not given. */
  drainTimeoutMs?: number | undefined;
  /** Narrows the environment that engines get to these names; `NAME*` stands for all that begin so. */
  environmentAllow?: readonly string[] | undefined;
}

/** Options of one daemon, checked and filled in. */
export interface CheckedOptions {
  address: CoordinatorAddress;
  credential: () => Credential;
  name: string;
  organization: string | null;
  tags: Readonly<Record<string, string>>;
  slots: number;
  once: boolean;
  /** Null for no limit. */
  drainTimeoutMs: number | null;
  timings: DaemonTimings;
  logger: Logger;
}

/** @throws BerthError `invalid_request`, `invalid_tag`, `reserved_tag` */
export function checkOptions(options: DaemonOptions): CheckedOptions {
  const name = daemonName.safeParse(options.name ?? defaultName());
  if (!name.success) {
    throw new BerthError(
      'invalid_request',
      `'${options.name}' cannot be a daemon's name: ${name.error.issues[0]?.message}`,
    );
  }
  const slots = options.slots ?? 1;
  if (!Number.isInteger(slots) || slots < 1 || slots > MOST_SLOTS) {
    throw new BerthError('invalid_request', `a daemon has 1 to ${MOST_SLOTS} slots, not ${slots}`);
  }
  const tags = options.tags ?? {};
  // The coordinator makes the set; here it is asked for its errors.
  tagSet(tags, '');
  return {
    address: parseAddress(options.url),
    credential: credentialOf(options),
    name: name.data,
    organization: options.organization ?? null,
    tags,
    slots,
    once: options.once ?? false,
    drainTimeoutMs: options.drainTimeoutMs ?? null,
    timings: { ...defaultTimings, ...options.timings },
    logger: options.logger,
  };
}

export function credentialOf({ credential }: Pick<SharedOptions, 'credential'>): () => Credential {
  return typeof credential === 'function' ? credential : () => credential;
}

/** A host name may hold what a daemon's name may not. */
function defaultName(): string {
  return (
    hostname()
      .replace(/[^a-zA-Z0-9._-]/g, '-')
      .replace(/^[^a-zA-Z0-9]+/, '')
      .slice(0, 128) || 'daemon'
  );
}

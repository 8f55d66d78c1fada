import type { AdoptedAttempt } from './attempts/slots.js';
import { rememberedName } from './dataDir/dataDirectory.js';
import { Job } from './jobs/job.js';
import type { JobHost } from './jobs/jobHost.js';
import type { LeftAttempt } from './jobs/leftAttempt.js';
import { closeHost, openHost } from './openHost.js';
import { type CheckedOptions, checkOptions, type DaemonOptions, type SharedOptions } from './options.js';
import { type Daemon, type DaemonEnd, ProvisionerDaemon, type StopMode } from './provisionerDaemon.js';

/**
 * Starts a provisioner daemon. Resolves once it has its data directory and its engine; it connects by itself from then
 * on, for ever, and says by `done` how it ended.
 *
 * Takes Berth's credentials out of this process's environment, so that no engine can inherit them.
 *
 * @throws BerthError `invalid_request`, `invalid_tag`, `reserved_tag`, `engine_missing`, `engine_too_old`,
 *   `sandbox_unavailable`, `data_dir_unusable`, `data_dir_in_use`
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { environmentAllow, dataDir } = options;
  // A host that has been renamed keeps what it has left.
  const checked = checkOptions({ ...options, name: options.name ?? rememberedName(dataDir) ?? undefined });
  const host = await openHost(options, { name: `daemon ${checked.name}`, builtIn: false, environmentAllow });
  try {
    host.dataDir.rememberName(checked.name);
  } catch (error) {
    host.logger.warn({ err: error }, 'the name of the daemon could not be noted down in its data directory');
  }
  warnOfOthers(host, [checked.name]);
  const daemon = startOn(host, checked);
  return {
    name: daemon.name,
    stop: mode => daemon.stop(mode).finally(() => closeHost(host)),
    done: daemon.done.finally(() => closeHost(host)),
  };
}

/** Daemons that end together. */
export interface DaemonGroup {
  /** Stops each; resolves as {@link done} does. */
  stop(mode: StopMode): Promise<DaemonEnd>;
  /** Resolves when the last one has ended: with a refusal if one was refused. */
  readonly done: Promise<DaemonEnd>;
}

/** How long built-in daemons wait for those before them to give up the data directory. */
const LOCK_WAIT_MS = 10_000;

export interface BuiltInOptions extends SharedOptions {
  /** How many. */
  count: number;
}

/**
 * Starts the coordinator's own daemons, `built-in-1` to `built-in-N`, each with a connection and one slot of its own;
 * data directory, warm directories and engine are shared.
 *
 * @throws BerthError as {@link startDaemon}
 */
export async function startBuiltInDaemons(options: BuiltInOptions): Promise<DaemonGroup> {
  // The child of a coordinator that was killed gives the directory up in a moment.
  const timings = { lockWaitMs: LOCK_WAIT_MS, ...options.timings };
  const host = await openHost(
    { ...options, timings },
    { name: 'the built-in daemons of a coordinator', builtIn: true },
  );
  const names = Array.from({ length: options.count }, (_, at) => `built-in-${at + 1}`);
  warnOfOthers(host, names);
  const daemons = names.map(name => startOn(host, checkOptions({ ...options, name })));
  const done = Promise.all(daemons.map(daemon => daemon.done)).then(ends => {
    closeHost(host);
    return (
      ends.find(end => end.exitCode !== 0) ?? { exitCode: 0 as const, reason: 'the daemons were stopped', error: null }
    );
  });
  return {
    stop: mode => {
      for (const daemon of daemons) void daemon.stop(mode);
      return done;
    },
    done,
  };
}

function startOn(host: JobHost, options: CheckedOptions): ProvisionerDaemon {
  const { name } = options;
  return new ProvisionerDaemon({
    ...options,
    engine: host.engine,
    platform: host.engine.platform,
    instance: host.dataDir.instance,
    sandbox: host.sandbox === null ? 'none' : 'bubblewrap',
    createJob: (offer, id) => {
      const warm = offer.jobType !== 'template_import' && host.warm.has(offer);
      return { job: Job.begin(host, { id, name }, offer, warm), warm };
    },
    adopted: host.left.filter(left => left.daemon.name === name).map(left => adopted(host, left)),
  });
}

/** What daemons of other names have left is theirs: it waits for them. */
function warnOfOthers(host: JobHost, names: readonly string[]): void {
  for (const { ref, daemon } of host.left) {
    if (names.includes(daemon.name)) continue;
    host.logger.error({ ...ref, daemon: daemon.name }, 'an attempt was left here by a daemon of another name');
  }
}

function adopted(host: JobHost, left: LeftAttempt): AdoptedAttempt {
  const { ref, daemon, spec, applyMayHaveStarted } = left;
  return { ref, daemon: daemon.id, spec, gateOpen: applyMayHaveStarted, job: Job.resume(host, left) };
}

import type { Offer } from '@berth/protocol';
import { Job } from './jobs/job.js';
import type { JobHost } from './jobs/jobHost.js';
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
  const checked = checkOptions(options);
  const { environmentAllow } = options;
  const host = await openHost(options, { name: `daemon ${checked.name}`, builtIn: false, environmentAllow });
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
  const host = await openHost(options, { name: 'the built-in daemons of a coordinator', builtIn: true });
  const names = Array.from({ length: options.count }, (_, at) => `built-in-${at + 1}`);
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
  return new ProvisionerDaemon({
    ...options,
    engine: host.engine,
    platform: host.engine.platform,
    instance: host.dataDir.instance,
    sandbox: host.sandbox === null ? 'none' : 'bubblewrap',
    createJob: (offer: Offer) => {
      const warm = offer.jobType !== 'template_import' && host.warm.has(offer);
      return { job: new Job(host, offer, warm), warm };
    },
  });
}

import { setMaxListeners } from 'node:events';
import type { Clock, Store } from '@berth/store';
import type { Logger } from 'pino';
import { PreSharedKeys } from './access/preSharedKeys.js';
import { ImportChecks } from './builds/importChecks.js';
import type { Core } from './core.js';
import { BuiltInDaemons } from './daemons/builtIn.js';
import { LiveDaemons } from './daemons/liveDaemons.js';
import { Upgrades } from './daemons/upgrades.js';
import { Changes } from './events/changes.js';
import { addHealth } from './http/health.js';
import { listen } from './http/listen.js';
import { closeServer, makeServer } from './http/server.js';
import type { CoordinatorOptions } from './options.js';
import { allEndpoints } from './routes/index.js';
import { Aliveness } from './scheduler/aliveness.js';
import { Reaper } from './scheduler/reaper.js';
import { Scheduler } from './scheduler/scheduler.js';
import { readSettings, type Settings } from './settings.js';
import { openStoreAt } from './storePlace.js';
import { removePassingBackups } from './upkeep/passingBackups.js';
import { pendingLimit } from './upkeep/pendingLimit.js';
import type { Rounds } from './upkeep/rounds.js';
import { sweeps } from './upkeep/sweeps.js';
import { VersionCache } from './views/versionCache.js';

/** A beat of the reaper that comes so late means that the process did not run meanwhile: twice what heartbeats need. */
const stallMs = 10_000;

/** A running coordinator. */
export interface Coordinator {
  /** `HOST:PORT` that it listens on. */
  readonly address: string;
  /** A URL of that address which this machine can use. */
  readonly url: string;
  /** The URL that users, daemons and templates reach it by. */
  readonly accessUrl: string;
  /**
   * Ends it: no more offers; the built-in daemons end; daemons' connections are closed so that they come back; event
   * streams end; requests in progress are finished; the store is closed. Calling it twice is fine.
   */
  stop(): Promise<void>;
  /** Resolves when it has ended. */
  readonly done: Promise<void>;
}

/**
 * Starts a coordinator and resolves when it accepts connections.
 *
 * @throws BerthError `invalid_request` for options, `address_taken`, and as `openStoreAt`: `data_dir_unusable`,
 *   `data_dir_in_use`, `schema_too_new`, `encryption_key_unusable`, `database_unusable`, `unavailable`
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const settings = readSettings(options);
  const log = options.logger ?? (await standardLogger());
  const clock = options.clock ?? { now: () => Date.now() };
  const store = await openStoreAt(options, { clock });
  try {
    return await start(options, settings, store, log, clock);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Loaded only where no logger is given. */
async function standardLogger(): Promise<Logger> {
  const { destination, pino } = await import('pino');
  return pino({ level: 'warn' }, destination(2));
}

async function start(
  options: CoordinatorOptions,
  settings: Settings,
  store: Store,
  log: Logger,
  clock: Clock,
): Promise<Coordinator> {
  const { timings } = settings;
  const changes = new Changes();
  const live = new LiveDaemons();
  const scheduler = new Scheduler({ store, live, changes, log, timings });
  const core: Core = {
    ...{ store, log, clock, changes, live, scheduler, settings: { ...settings, accessUrl: settings.accessUrl ?? '' } },
    versions: new VersionCache(store),
    importChecks: new ImportChecks(),
  };
  const aliveness = new Aliveness(timings.leaseMs, stallMs, () => clock.now());
  const reaper = new Reaper({ store, live, scheduler, changes, log, timings, aliveness });
  const keys = new PreSharedKeys(settings.psks);
  const upgrades = new Upgrades(core, keys);

  const followersEnd = new AbortController();
  // One listener for each who follows a job.
  setMaxListeners(0, followersEnd.signal);
  const app = makeServer(allEndpoints(core, followersEnd.signal), store, log, timings);
  const state = { stopping: false };
  addHealth(app, core, state);
  upgrades.start(app.server);

  if (options.databaseUrl === undefined) removePassingBackups(options.dataDir);
  await store.daemons.disconnectAll();
  const { address, url } = await listen(app, settings);
  core.settings.accessUrl ||= url;
  scheduler.start();
  reaper.start();
  const upkeep = upkeepOf(core, settings);
  for (const rounds of upkeep) rounds.start();
  const builtIn = builtInDaemons(options, settings, { url, credential: keys.builtInSecret }, log);
  builtIn?.start();
  log.info({ address, accessUrl: core.settings.accessUrl }, 'the coordinator is ready');

  const stop = once(async () => {
    state.stopping = true;
    scheduler.stop();
    await builtIn?.stop();
    await reaper.stop();
    for (const rounds of upkeep) await rounds.stop();
    await upgrades.stop();
    followersEnd.abort();
    await closeServer(app, timings.drainMs);
    await store.close();
    log.info('the coordinator has stopped');
  });
  return { address, url, accessUrl: core.settings.accessUrl, stop: stop.run, done: stop.done };
}

/** What is done from time to time. */
function upkeepOf(core: Core, { maxPendingMs, stateBuilds, timings }: Settings): Rounds[] {
  const { store, log } = core;
  return [
    sweeps({ store, log, sweepMs: timings.sweepMs }, stateBuilds),
    ...(maxPendingMs === null ? [] : [pendingLimit(core, maxPendingMs)]),
  ];
}

/** Work that is done once, however often it is asked for, and the promise of its end. */
function once(work: () => Promise<void>): { run(): Promise<void>; done: Promise<void> } {
  let begin: () => void = () => undefined;
  const done = new Promise<void>(resolve => {
    begin = resolve;
  }).then(work);
  return {
    done,
    run: () => {
      begin();
      return done;
    },
  };
}

function builtInDaemons(
  { startBuiltIn }: CoordinatorOptions,
  { provisionerDaemons, timings }: Settings,
  connect: { url: string; credential: string },
  log: Logger,
): BuiltInDaemons | null {
  if (startBuiltIn === undefined || provisionerDaemons === 0) return null;
  return new BuiltInDaemons(() => startBuiltIn(provisionerDaemons, connect), timings.restartMs, log);
}

import type { Clock, Store } from '@berth/store';
import type { Logger } from 'pino';
import type { ImportChecks } from './builds/importChecks.js';
import type { LiveDaemons } from './daemons/liveDaemons.js';
import type { Changes } from './events/changes.js';
import type { Scheduler } from './scheduler/scheduler.js';
import type { Settings } from './settings.js';
import type { VersionCache } from './views/versionCache.js';

/** What the parts of one coordinator share. Each takes of it only what it names. */
export interface Core {
  store: Store;
  settings: Settings & { accessUrl: string };
  log: Logger;
  clock: Clock;
  changes: Changes;
  live: LiveDaemons;
  scheduler: Scheduler;
  versions: VersionCache;
  importChecks: ImportChecks;
}

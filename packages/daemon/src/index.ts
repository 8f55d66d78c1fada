/**
 * The provisioner daemon: connects to a coordinator, takes the jobs that it is offered, and runs an engine for each.
 * Template archives stand apart, in `@berth/daemon/archive`.
 */
export type { Credential } from './credential.js';
export type { DaemonOptions, JobLimits, SandboxOptions, SharedOptions } from './options.js';
export type { Daemon, DaemonEnd, StopMode } from './provisionerDaemon.js';
export { type BuiltInOptions, type DaemonGroup, startBuiltInDaemons, startDaemon } from './startDaemon.js';
export type { DaemonTimings } from './timings.js';

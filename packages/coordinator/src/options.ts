import type { Placement } from '@berth/protocol';
import type { Clock } from '@berth/store';
import type { Logger } from 'pino';
import type { StorePlace } from './storePlace.js';
import type { Timings } from './timings.js';

/** What a coordinator is started with. */
export interface CoordinatorOptions extends StorePlace {
  /** Where it listens: `HOST:PORT`, an IPv6 host in brackets. Port 0 takes a free one. */
  address: string;
  /** The URL that users, daemons and templates reach it by. Default: the address that it listens on. */
  accessUrl?: string | undefined;
  /** Pre-shared keys that daemons may come with; several, so that one can be replaced while daemons run. */
  psks?: readonly PreSharedKey[] | undefined;
  /** How many built-in daemons to run in a child process. Default 0. Needs `startBuiltIn` when above 0. */
  provisionerDaemons?: number | undefined;
  startBuiltIn?: StartBuiltIn | undefined;
  /** A job that has waited for longer fails, milliseconds. Default: it waits for ever. */
  maxPendingMs?: number | undefined;
  /** Of how many of its last builds a workspace keeps the states. Default: of all. */
  stateBuilds?: number | undefined;
  /** How the workspaces of the workspace provider `built-in` are placed. Default: templates decide. */
  placement?: Placement | undefined;
  timings?: Partial<Timings> | undefined;
  /** Default: warnings and errors to standard error. */
  logger?: Logger | undefined;
  /** Clock of the store and of all that is compared with its times. Default: the machine's. */
  clock?: Clock | undefined;
}

/** A secret that daemons of an organization share with the coordinator. */
export interface PreSharedKey {
  /** Shown in the log when a daemon comes with it. */
  name: string;
  secret: string;
  /** Names or ids of the organizations whose daemons may use it; null for all. */
  organizations: readonly string[] | null;
}

/**
 * Starts the one child process that runs built-in daemons named `built-in-1` to `built-in-COUNT`.
 *
 * @param connect the coordinator's own address, and the key that the child's daemons come with. The key must reach the
 *   child by its environment or standard input: other users of the machine can read a process's arguments.
 */
export type StartBuiltIn = (
  count: number,
  connect: { url: string; credential: string },
) => BuiltInChild | Promise<BuiltInChild>;

/** The running child process. */
export interface BuiltInChild {
  /** Lets the daemons finish and ends the child. Resolves once it has ended. */
  stop(): Promise<void>;
  /** Resolves when the child has ended, for whatever reason; its value is logged. Never rejects. */
  exited: Promise<unknown>;
}

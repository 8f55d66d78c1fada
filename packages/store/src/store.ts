import type { BlobStore } from './contract/blobs.js';
import type { AuditStore, DaemonStore } from './contract/daemons.js';
import type { DryRunStore } from './contract/dryRuns.js';
import type { JobStore, LogStore } from './contract/jobs.js';
import type { Maintenance } from './contract/maintenance.js';
import type { TemplateStore } from './contract/templates.js';
import type { OrganizationStore, TokenStore, UserStore } from './contract/users.js';
import type { WorkspaceStore } from './contract/workspaces.js';

/**
 * What the coordinator keeps, in domain words, grouped by aggregate. All methods are asynchronous and atomic: each is one
 * transaction. Times are milliseconds since 1970 on the store's own clock (the database's, where there are several
 * coordinators). Any method throws `unavailable` when the database does not answer: try again later.
 */
export interface Store {
  readonly users: UserStore;
  readonly tokens: TokenStore;
  readonly organizations: OrganizationStore;
  readonly blobs: BlobStore;
  readonly templates: TemplateStore;
  readonly workspaces: WorkspaceStore;
  readonly dryRuns: DryRunStore;
  readonly jobs: JobStore;
  readonly logs: LogStore;
  readonly daemons: DaemonStore;
  readonly audit: AuditStore;
  readonly maintenance: Maintenance;
  /** Throws `unavailable` unless the database answers. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The clock of a store that has no clock of its own; injected so that tests move it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

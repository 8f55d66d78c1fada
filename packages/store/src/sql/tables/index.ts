import type { AuditTable, MembershipTable, OrganizationTable, TokenTable, UserTable } from './accounts.js';
import type { BlobChunkTable, BlobTable, EncryptionKeyTable, StateTable } from './blobs.js';
import type { DaemonTable } from './daemons.js';
import type { AttemptTable, DryRunTable, JobTable, LogBatchTable, PassingValueTable, ResultTable } from './jobs.js';
import type { BeatTable, InitiatorShareTable, LaneTable, QueueShareTable, QueueTable, TagSetTable } from './queue.js';
import type { TemplateTable, TemplateVersionTable } from './templates.js';
import type { BuildTable, WorkspaceTable } from './workspaces.js';

/** Which migrations have run. */
export interface MigrationTable {
  number: number;
  name: string;
  applied_at: number;
}

/** Every table of the store, as its queries see them. The migrations make them. */
export interface Tables {
  migrations: MigrationTable;
  organizations: OrganizationTable;
  users: UserTable;
  memberships: MembershipTable;
  tokens: TokenTable;
  audit: AuditTable;
  encryption_keys: EncryptionKeyTable;
  blobs: BlobTable;
  blob_chunks: BlobChunkTable;
  states: StateTable;
  tag_sets: TagSetTable;
  queues: QueueTable;
  lanes: LaneTable;
  queue_shares: QueueShareTable;
  beats: BeatTable;
  initiator_shares: InitiatorShareTable;
  daemons: DaemonTable;
  jobs: JobTable;
  attempts: AttemptTable;
  results: ResultTable;
  log_batches: LogBatchTable;
  passing_values: PassingValueTable;
  dry_runs: DryRunTable;
  templates: TemplateTable;
  template_versions: TemplateVersionTable;
  workspaces: WorkspaceTable;
  builds: BuildTable;
}

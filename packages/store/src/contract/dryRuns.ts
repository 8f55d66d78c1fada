import type { AttemptResult, Transition, VariableValue } from '@berth/protocol';
import type { JobRecord } from './jobs.js';

/** A look at what a build would change. */
export interface DryRunRecord {
  job: JobRecord;
  template: { id: string; name: string };
  version: { id: string; name: string };
  /** Null for a plan of a workspace that there is not. */
  workspace: { id: string; name: string } | null;
  transition: Transition;
  /** Null unless the job has succeeded. */
  result: Extract<AttemptResult, { type: 'template_dry_run' }> | null;
}

export interface NewDryRun {
  versionId: string;
  initiatorId: string;
  transition: Transition;
  /** The workspace on whose state it plans; null for none. */
  workspaceId: string | null;
  /** Erased when the job has ended. */
  parameters: VariableValue[];
}

export interface DryRunStore {
  /**
   * Makes a dry run and its job. Throws `not_found` and `version_not_ready` for the version; for the workspace
   * `not_found`, `workspace_deleted`, `build_active`, `workspace_held`: what a build under way leaves is not known yet.
   */
  create(wanted: NewDryRun): Promise<DryRunRecord>;
  byJob(jobId: string): Promise<DryRunRecord | null>;
}

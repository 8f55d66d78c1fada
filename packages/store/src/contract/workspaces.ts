import type { Output, Page, Paged, Resource, StateRef, Transition, VariableValue } from '@berth/protocol';
import type { JobRecord } from './jobs.js';

export interface BuildRecord {
  id: string;
  number: number;
  workspace: { id: string; name: string };
  transition: Transition;
  version: { id: string; name: string };
  initiator: { id: string; username: string };
  createdAt: number;
  job: JobRecord;
  /** The parameters that were given; one left at its default is not among them. Sensitive values are kept encrypted. */
  parameters: VariableValue[];
  orphan: boolean;
  /** The state that the workspace has after this build; null for none. */
  state: StateRef | null;
}

export interface WorkspaceRecord {
  id: string;
  name: string;
  owner: { id: string; username: string };
  organization: { id: string; name: string };
  template: { id: string; name: string; activeVersion: string | null };
  /** Workspace provider. */
  provider: string;
  latestBuild: BuildRecord;
  createdAt: number;
  deletedAt: number | null;
}

export interface NewBuild {
  transition: Transition;
  versionId: string;
  initiatorId: string;
  parameters: VariableValue[];
  orphan: boolean;
}

export interface WorkspaceStore {
  /** Makes workspace, build 1 (a start) and its job in one transaction. Throws `name_taken` (per owner, among the living). */
  create(workspace: {
    organizationId: string;
    ownerId: string;
    name: string;
    templateId: string;
    /** Workspace provider that it is placed in; `built-in` unless given. */
    provider?: string | undefined;
    build: NewBuild;
  }): Promise<WorkspaceRecord>;
  /**
   * Makes the next build and its job in one transaction. Throws `build_active` naming the build that has not ended,
   * `workspace_deleted`. An orphaning build is finished at once and the workspace deleted.
   */
  createBuild(workspaceId: string, build: NewBuild): Promise<BuildRecord>;
  byId(id: string): Promise<WorkspaceRecord | null>;
  list(
    filter: {
      /** Only workspaces of these organizations, or of this owner. */
      visible: { organizations: readonly string[] | 'all'; ownerId: string };
      owner?: string | undefined;
      name?: string | undefined;
      templateId?: string | undefined;
      /** Deleted ones, too. */
      deleted?: boolean | undefined;
    },
    page: Page,
  ): Promise<Paged<WorkspaceRecord>>;
  build(workspaceId: string, number: number): Promise<BuildRecord | null>;
  /** The build of a workspace_build job. */
  buildOfJob(jobId: string): Promise<BuildRecord | null>;
  builds(workspaceId: string, page: Page): Promise<Paged<BuildRecord>>;
  /** What a build ended with; empty lists while it has not ended. Sensitive values included. */
  result(buildId: string): Promise<{ resources: Resource[]; outputs: Output[] }>;
}

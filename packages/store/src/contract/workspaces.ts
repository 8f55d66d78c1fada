import type { Engine, Output, Page, Paged, Resource, StateRef, Transition, VariableValue } from '@berth/protocol';
import type { AuditEntry } from './daemons.js';
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

/** The state lacks what an attempt has made since its last snapshot: it was given up while it could not be reached. */
export interface StateIncomplete {
  build: number;
  attempt: number;
  daemon: { id: string; name: string };
  since: number;
  /** Somebody has gone on from this state with `acceptIncompleteState`: later builds do not ask again. */
  accepted: boolean;
}

/** A state that a workspace has or had. */
export interface StateVersion {
  id: string;
  /** Number of the build that it belongs to: for a pushed one, of the newest build at that time. */
  build: number;
  /** Null for a pushed one. */
  attempt: number | null;
  /**
   * `final`: handed in at the end of the attempt. `snapshot`: of an apply that runs, or never told its end. `salvage`: of
   * a fenced attempt. `pushed`: by a user.
   */
  kind: 'final' | 'snapshot' | 'salvage' | 'pushed';
  /** The engine that wrote it. */
  engine: Engine;
  state: StateRef;
  createdAt: number;
  /** Null unless pushed. */
  pushedBy: { id: string; username: string } | null;
  /** It is the state of the workspace. */
  current: boolean;
  /** Its content is there; false once retention has dropped it. */
  kept: boolean;
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
  /** Null when nothing is known to lack. */
  stateIncomplete: StateIncomplete | null;
}

export interface NewBuild {
  transition: Transition;
  versionId: string;
  initiatorId: string;
  parameters: VariableValue[];
  /** Values for this build alone: erased when its job has ended, and part of no record. None unless given. */
  passing?: VariableValue[] | undefined;
  orphan: boolean;
  /** Start or delete although the workspace is `stateIncomplete`. */
  acceptIncompleteState?: boolean | undefined;
  /** Goes into the audit log in the same transaction, in the name of the initiator; a later build's with its number. */
  audit?: Pick<AuditEntry, 'action' | 'details'> | undefined;
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
   * `workspace_held` while that one's daemon is not reachable, `workspace_deleted`, `state_incomplete` (a start or delete
   * that was not told to accept it). An orphaning build is finished at once and the workspace deleted.
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
  /** Every state that the workspace has or had, newest first: at most 500. */
  stateHistory(workspaceId: string): Promise<StateVersion[]>;
  /**
   * Makes an uploaded state the workspace's, as the newest build's. It ends `stateIncomplete`.
   *
   * @param engine what wrote it: no older version will be used from now on
   * @param force pushes a state of another lineage, of an older serial, or of the same serial with other content
   * @throws BerthError `state_conflict` for what only `force` pushes; `build_active`, `workspace_held`, `workspace_deleted`;
   *   `not_found` when it was not uploaded
   */
  pushState(
    workspaceId: string,
    push: { state: StateRef; engine: Engine; userId: string; force: boolean },
  ): Promise<StateVersion>;
}

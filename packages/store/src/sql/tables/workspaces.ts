import type { Transition } from '@berth/protocol';
import type { Generated } from 'kysely';

export interface WorkspaceTable {
  id: string;
  organization_id: string;
  owner_id: string;
  template_id: string;
  name: string;
  name_key: string;
  /** Workspace provider. */
  provider: string;
  latest_build_id: string;
  created_at: number;
  deleted_at: number | null;
  /** The attempt that was given up while it could not be reached: the state may lack what it made. All null or none. */
  incomplete_build_id: string | null;
  incomplete_attempt: number | null;
  incomplete_since: number | null;
  /** Somebody has gone on from that state. */
  incomplete_accepted: Generated<number>;
}

export interface BuildTable {
  id: string;
  workspace_id: string;
  number: number;
  transition: Transition;
  version_id: string;
  initiator_id: string;
  created_at: number;
  job_id: string;
  orphan: number;
  /** `VariableValue[]`, sealed. */
  sealed_parameters: Uint8Array;
  /** The state to build on. */
  input_state_id: string | null;
  /** The state that the workspace has after the build; the same until the build hands one in. */
  state_id: string | null;
}

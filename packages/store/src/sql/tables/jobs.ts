import type { EngineName, ErrorCode, JobStatus, JobType, Phase, Transition } from '@berth/protocol';
import type { ColumnType } from 'kysely';

export interface JobTable {
  id: string;
  type: JobType;
  organization_id: string;
  /** The template version that it imports or runs. */
  version_id: string;
  lane_id: number;
  /** Priority class, 0 first. */
  priority: number;
  /** Start tag of the fair share. */
  start_tag: number;
  initiator_id: string | null;
  owner_id: string;
  created_at: number;

  // The facts of the protocol's lifecycle, by the same names.
  attempt: number;
  lost_attempts: number;
  offered_at: number | null;
  offer_expires_at: number | null;
  started_at: number | null;
  lease_expires_at: number | null;
  apply_started_at: number | null;
  unreachable_since: number | null;
  cancel_requested_at: number | null;
  hard_cancel_requested_at: number | null;
  finished_at: number | null;
  error_code: ErrorCode | null;

  /** Derived by the database: repeats the protocol's `statusOf`. */
  status: ColumnType<JobStatus, never, never>;
  phase: Phase | null;
  /** Daemon of the present or last attempt. */
  daemon_id: string | null;
  /** JSON of the error body. */
  error: string | null;
  /** JSON array of texts. */
  notes: string;
  /** The attempt whose result counts; null until one was settled with a result. */
  result_attempt: number | null;
  /** What the present or last attempt was told when it was accepted. */
  hold_ms: number | null;
  lost_after_ms: number | null;
  cancel_grace_ms: number | null;
  /** Not null exactly while `unreachable_since` is not. */
  give_up_at: number | null;
  /** Number of the last log entry before those that were dropped; null as long as the log is within its limit. */
  log_head_seq: number | null;
}

/** How an attempt ended. Only a `settled` one may repeat its terminal message. */
export type AttemptEnd =
  | 'offer_expired'
  | 'offer_withdrawn'
  | 'canceled'
  | 'handed_back'
  | 'not_started'
  | 'lost'
  | 'given_up'
  | 'settled';

export interface AttemptTable {
  job_id: string;
  number: number;
  daemon_id: string;
  /** The daemon's engine: what writes the state. */
  engine_name: EngineName;
  engine_version: string;
  /** sha256 of the attempt token; null until accepted. */
  token_hash: string | null;
  offered_at: number;
  accepted_at: number | null;
  apply_started_at: number | null;
  ended_at: number | null;
  ended_how: AttemptEnd | null;
  /** Newest snapshot of its state. */
  snapshot_id: string | null;
  /** Number of its last stored log entry. */
  logged: number;
  /** Data directory of the daemon that accepted it; null until accepted. */
  instance: string | null;
  /** The state that it handed in after it was fenced. */
  salvage_id: string | null;
}

/** What an attempt found or made. */
export interface ResultTable {
  job_id: string;
  attempt: number;
  engine_name: EngineName;
  engine_version: string;
  /** The protocol's `AttemptResult`. */
  sealed: Uint8Array;
}

/** Consecutive log entries of one attempt, compressed. */
export interface LogBatchTable {
  job_id: string;
  /** Numbers of its first and last entry through all attempts of the job. */
  first_seq: number;
  last_seq: number;
  attempt: number;
  /** Of the entries as JSON, before compression. */
  size_bytes: number;
  /** Added up over all batches of the job to this one, those that were dropped included. */
  total_bytes: number;
  /** Deflated JSON array of the entries. */
  content: Uint8Array;
}

/** Values that a job's attempts are given and that nobody keeps: the row goes when the job ends. */
export interface PassingValueTable {
  job_id: string;
  /** `VariableValue[]` of a build or a dry run, `ParameterValues` of an import (its samples), sealed. */
  sealed: Uint8Array;
}

/** What a dry run looks at, beside the version that its job names. */
export interface DryRunTable {
  job_id: string;
  /** Null for a plan of a workspace that there is not. */
  workspace_id: string | null;
  transition: Transition;
  /** The state to plan on. */
  input_state_id: string | null;
}

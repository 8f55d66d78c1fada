import type { JsonValue } from '../jsonValue.js';
import type { Diagnostic } from './diagnostic.js';

/** What is done to a resource. */
export type Action = 'create' | 'read' | 'update' | 'replace' | 'delete' | 'import' | 'move' | 'forget' | 'no-op';

/** One change of a plan. */
export interface PlannedChange {
  /** Full address, module and index included. */
  address: string;
  action: Action;
  /** Why, in the engine's words (`replace_because_tainted`…), where it gives a reason. */
  reason: string | null;
  /** Where it stood before a `move`. */
  previousAddress: string | null;
}

/** Counts of a plan or an apply. */
export interface ChangeSummary {
  operation: 'plan' | 'apply' | 'destroy';
  add: number;
  change: number;
  remove: number;
  import: number;
}

/** Course of one resource. `elapsedSeconds` is null at its start. */
export interface ResourceProgress {
  address: string;
  action: Action;
  elapsedSeconds: number | null;
  /** `id=…` of a resource that is complete. */
  id: string | null;
}

/** An output as the engine reports it: while planning with its action alone, at the end with type and value. */
export interface ReportedOutput {
  sensitive: boolean;
  /** Type in the engine's JSON form; null while planning. */
  type: JsonValue;
  /** Null where it is sensitive or not known yet: values are read from the state. */
  value: JsonValue;
}

/** One thing that the engine said. `message` is its own sentence for a person. */
export type EngineEvent = { message: string } & (
  | { type: 'version'; engine: 'terraform' | 'tofu'; version: string; ui: string }
  | { type: 'planned_change'; change: PlannedChange }
  | { type: 'resource_drift'; change: PlannedChange }
  | { type: 'change_summary'; summary: ChangeSummary }
  | {
      type:
        | 'apply_start'
        | 'apply_progress'
        | 'apply_complete'
        | 'apply_errored'
        | 'refresh_start'
        | 'refresh_complete';
      resource: ResourceProgress;
    }
  | {
      type: 'provision_start' | 'provision_progress' | 'provision_complete' | 'provision_errored';
      address: string;
      /** Kind of provisioner: `local-exec`… */
      provisioner: string;
      /** What it printed: of `provision_progress` alone. The first one of a local-exec is its command line. */
      output: string | null;
    }
  | { type: 'diagnostic'; diagnostic: Diagnostic }
  | { type: 'outputs'; outputs: Record<string, ReportedOutput> }
  | { type: 'log'; level: LogLevel }
  /** What is no event: a line that is not JSON, an event of an unknown type, a piece of a very long line. */
  | { type: 'text'; level: LogLevel }
);

export type LogLevel = 'info' | 'warning' | 'error';

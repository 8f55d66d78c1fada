import { z } from 'zod';
import { time } from './names.js';

/** Phases of an attempt, in their order. */
export const phase = z.enum(['fetch', 'init', 'plan', 'apply', 'store']);
export type Phase = z.infer<typeof phase>;

export const resourceAction = z.enum([
  'create',
  'update',
  'delete',
  'replace',
  'read',
  'import',
  'move',
  'forget',
  'no-op',
]);
export type ResourceAction = z.infer<typeof resourceAction>;

const entryBase = {
  /** Number of the entry in its attempt, from 1, without gaps. */
  n: z.number().int().positive(),
  /** On the daemon's clock. */
  at: time,
  phase,
};

/** One entry of a job's log, as its daemon sends it: redacted, bounded, in order. */
export const logEntry = z.discriminatedUnion('kind', [
  /** The attempt entered this phase. */
  z.object({ ...entryBase, kind: z.literal('phase') }),
  /**
   * A line (or a piece of a very long one). `source` is the daemon itself, terraform, or the provisioner of the
   * resource at `address`.
   */
  z.object({
    ...entryBase,
    kind: z.literal('text'),
    source: z.enum(['daemon', 'engine', 'provisioner']),
    level: z.enum(['info', 'warning', 'error']),
    text: z.string(),
    address: z.string().nullable(),
  }),
  /** Course of one resource. `elapsedSeconds` from progress on. */
  z.object({
    ...entryBase,
    kind: z.literal('resource'),
    address: z.string(),
    action: resourceAction,
    state: z.enum(['planned', 'started', 'progress', 'complete', 'failed']),
    elapsedSeconds: z.number().nullable(),
    /** What terraform gives as reason or id, if it does. */
    note: z.string().nullable(),
  }),
  z.object({
    ...entryBase,
    kind: z.literal('diagnostic'),
    severity: z.enum(['error', 'warning']),
    summary: z.string(),
    detail: z.string(),
    address: z.string().nullable(),
    file: z.string().nullable(),
    line: z.number().int().nullable(),
    snippet: z.string().nullable(),
  }),
  /** Counts of a plan or an apply. */
  z.object({
    ...entryBase,
    kind: z.literal('summary'),
    operation: z.enum(['plan', 'apply', 'destroy']),
    add: z.number().int(),
    change: z.number().int(),
    remove: z.number().int(),
  }),
]);
export type LogEntry = z.infer<typeof logEntry>;

/** One upload of log entries: consecutive numbers. */
export const logBatch = z.object({ entries: z.array(logEntry).min(1) });
export type LogBatch = z.infer<typeof logBatch>;

/** A log entry as the API gives it: numbered through all attempts of the job. */
export const jobLogEntry = z.object({ seq: z.number().int().positive(), attempt: z.number().int(), entry: logEntry });
export type JobLogEntry = z.infer<typeof jobLogEntry>;

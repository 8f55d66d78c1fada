import { z } from 'zod';
import { berthVariable, buildTransition } from './berthVariable.js';
import { engine, engineName } from './engine.js';
import { errorBody } from './errors.js';
import { jobType } from './lifecycle.js';
import { logEntry } from './logEntry.js';
import { digest, id } from './names.js';
import { plannedChange } from './plannedChange.js';
import { jsonValue } from './typeConstraint.js';
import { parameterValues, variableDeclaration, variableValue } from './variables.js';

/** What names an attempt in every message and address. */
export const attemptRef = z.object({ job: id, attempt: z.number().int().positive() });
export type AttemptRef = z.infer<typeof attemptRef>;

/** A state as the coordinator keeps it. */
export const stateRef = z.object({
  /** sha256 of its plain text. */
  digest,
  sizeBytes: z.number().int(),
  serial: z.number().int(),
  lineage: z.string(),
});
export type StateRef = z.infer<typeof stateRef>;

/** What an offer tells, so that a daemon can look for a warm directory before it accepts. */
export const offer = attemptRef.extend({
  jobType,
  /** sha256 of the template archive. */
  archive: digest,
  /** sha256 of the version's lock file; null before its import. */
  lockFile: digest.nullable(),
  expiresInMs: z.number().int(),
});
export type Offer = z.infer<typeof offer>;

const specBase = attemptRef.extend({
  /** Bearer token for this attempt's archive, states, result and log over HTTP, and for nothing else. */
  token: z.string(),
  organization: z.object({ id, name: z.string() }),
  template: z.object({ id, name: z.string(), version: z.string() }),
  archive: z.object({ digest, sizeBytes: z.number().int() }),
  /** Text of `.terraform.lock.hcl` as the import wrote it. */
  lockFile: z.string().nullable(),
  engine: engineName.nullable(),
  holdMs: z.number().int(),
  lostAfterMs: z.number().int(),
  cancelGraceMs: z.number().int(),
  /** Values for the variables that the template declares; names it does not declare are left out by the daemon. */
  variables: z.array(variableValue),
  berth: berthVariable,
});

/** What a daemon needs to know to run an attempt: the answer to its accept. */
export const attemptSpec = z.discriminatedUnion('type', [
  specBase.extend({ type: z.literal('template_import'), samples: parameterValues }),
  specBase.extend({ type: z.literal('template_dry_run'), transition: buildTransition, state: stateRef.nullable() }),
  specBase.extend({
    type: z.literal('workspace_build'),
    transition: buildTransition,
    /** The state to build on; null for none. */
    state: stateRef.nullable(),
  }),
]);
export type AttemptSpec = z.infer<typeof attemptSpec>;

export const resource = z.object({
  /** Full address, module and index included. */
  address: z.string(),
  module: z.string().nullable(),
  mode: z.enum(['managed', 'data']),
  type: z.string(),
  name: z.string(),
  tainted: z.boolean(),
});
export type Resource = z.infer<typeof resource>;

export const output = z.object({
  name: z.string(),
  type: jsonValue,
  /** Null where it is sensitive and was not asked for. */
  value: jsonValue,
  sensitive: z.boolean(),
});
export type Output = z.infer<typeof output>;

export const planSummary = z.object({ add: z.number().int(), change: z.number().int(), remove: z.number().int() });
export type PlanSummary = z.infer<typeof planSummary>;

/** What a build made. */
const buildResult = z.object({
  type: z.literal('workspace_build'),
  engine,
  resources: z.array(resource),
  outputs: z.array(output),
});
export type BuildResult = z.infer<typeof buildResult>;

/** What an attempt found or made. */
export const attemptResult = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('template_import'),
    engine,
    variables: z.array(variableDeclaration),
    outputs: z.array(z.object({ name: z.string(), description: z.string().nullable(), sensitive: z.boolean() })),
    readme: z.string().nullable(),
    requiredVersion: z.string().nullable(),
    plugins: z.array(z.object({ address: z.string(), version: z.string().nullable() })),
    lockFile: z.string().nullable(),
    /** Kind of the template's own backend block (`s3`, `cloud`…), which is not used. */
    ignoredBackend: z.string().nullable(),
    /** Null when no plan was made; `planSkipped` then says why. */
    plan: planSummary.nullable(),
    planSkipped: z.string().nullable(),
  }),
  z.object({
    type: z.literal('template_dry_run'),
    engine,
    plan: planSummary,
    changes: z.array(plannedChange),
  }),
  buildResult,
]);
export type AttemptResult = z.infer<typeof attemptResult>;

/** The one terminal message of an attempt. The state and the result that it names were uploaded, or are attached to it. */
export const attemptOutcome = z.object({
  /** Null for success. */
  error: errorBody.nullable(),
  /** The state that the attempt ends with; null when it made none: the state it began with stays. */
  state: stateRef.nullable(),
  /** Whether there is a result. */
  result: z.boolean(),
});
export type AttemptOutcome = z.infer<typeof attemptOutcome>;

/**
 * What a build ends with and is small enough to travel with its terminal message, `limits.attachedBytes` in all: three
 * requests less for the user to wait for. What is null or empty here was uploaded, or there is none.
 */
export const attachments = z.object({
  /** Content of the state that the outcome names. */
  state: z.base64().nullable(),
  result: buildResult.nullable(),
  /** The last entries of the log: those that no upload has brought. */
  log: z.array(logEntry),
});
export type Attachments = z.infer<typeof attachments>;

import { z } from 'zod';

/**
 * Every error that Berth answers with: its HTTP status, and the hint shown unless the place that throws it knows a
 * better one. Codes are part of the API: they are never renamed, and nobody matches on messages.
 */
export const errorCodes = {
  // What the request itself got wrong
  invalid_request: { status: 400 },
  invalid_tag: { status: 400 },
  reserved_tag: { status: 400, hint: "The coordinator sets 'owner' itself; 'scope' is 'organization' or 'user'." },
  invalid_parameter: { status: 400 },
  missing_parameter: { status: 400, hint: 'Give each with --parameter NAME=VALUE, or all in a --parameters-file.' },
  unknown_parameter: { status: 400 },
  confirmation_needed: { status: 409 },
  digest_mismatch: { status: 400, hint: 'The content changed on its way; send it again.' },
  range_mismatch: { status: 409, hint: 'Ask how much has arrived and go on from there.' },
  log_gap: { status: 409 },
  limit_exceeded: { status: 413 },
  // Who may do what
  unauthenticated: { status: 401, hint: "Run 'berth login URL'." },
  invalid_credentials: { status: 401 },
  forbidden: { status: 403 },
  too_many_requests: { status: 429, hint: 'Wait a minute, then try again.' },
  psk_refused: { status: 401, hint: "Compare the daemon's --psk with the coordinator's --provisioner-daemon-psk." },
  psk_scope: { status: 403 },
  // What is not there, or in the way
  not_found: { status: 404 },
  conflict: { status: 409 },
  name_taken: { status: 409 },
  first_user_exists: { status: 409, hint: "Log in with 'berth login URL'." },
  build_active: { status: 409, hint: "Wait for it, or end it with 'berth cancel'." },
  workspace_held: { status: 409 },
  workspace_deleted: { status: 409 },
  state_incomplete: {
    status: 409,
    hint: 'Wait until its daemon is back, or go on from this state with --yes-incomplete-state.',
  },
  state_conflict: { status: 409, hint: "Start from the present state ('berth state pull'), or push with --force." },
  template_in_use: { status: 409, hint: 'Delete its workspaces first.' },
  no_active_version: { status: 409, hint: "Push a version that imports: 'berth templates push'." },
  version_not_ready: { status: 409 },
  engine_conflict: { status: 409 },
  illegal_transition: { status: 409 },
  daemon_name_taken: { status: 409, hint: 'Start the daemon with another --name.' },
  protocol_unsupported: { status: 426 },
  fenced: { status: 409, hint: 'This attempt no longer owns its job.' },
  gate_closed: { status: 409 },
  daemon_offline: { status: 409, hint: 'It takes no jobs while it is offline.' },
  wrong_instance: { status: 403, hint: 'Only a daemon on the data directory that took the attempt may say this.' },
  // How a job ended
  canceled: { status: 409 },
  attempts_exhausted: { status: 409 },
  daemon_lost: { status: 409 },
  daemon_stopped: { status: 409 },
  pending_too_long: { status: 409 },
  timed_out: { status: 409 },
  policy_refused: { status: 409 },
  archive_refused: { status: 400 },
  no_configuration: { status: 400, hint: 'A template needs at least one .tf, .tf.json or .tofu file at its top.' },
  invalid_configuration: { status: 400 },
  plugin_unavailable: { status: 409 },
  plugin_hash_mismatch: { status: 409 },
  engine_unfit: {
    status: 409,
    hint: 'Let a daemon with a version that fits run it (--engine-path or --engine-install; tags choose the daemon), or change required_version.',
  },
  engine_failed: { status: 500 },
  engine_killed: { status: 500 },
  state_unusable: { status: 500 },
  // The machine underneath
  address_taken: { status: 500, hint: 'Choose another --address, or end what listens there.' },
  data_dir_unusable: { status: 500 },
  data_dir_in_use: { status: 500 },
  database_unusable: { status: 500 },
  encryption_key_unusable: { status: 500 },
  schema_too_new: { status: 500, hint: 'Start the version of Berth that wrote it, or a newer one.' },
  engine_missing: { status: 500, hint: 'Install terraform (or tofu), or name it with --engine-path.' },
  engine_broken: { status: 500 },
  engine_install_failed: { status: 500 },
  engine_too_old: { status: 500 },
  sandbox_unavailable: { status: 500 },
  unreachable: { status: 503 },
  unavailable: { status: 503, hint: 'Try again in a moment.' },
  internal: { status: 500 },
} as const satisfies Record<string, { status: number; hint?: string }>;

export type ErrorCode = keyof typeof errorCodes;

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

/** Shape of every error answer of the HTTP API and of the errors that jobs and the daemon protocol carry. */
export const errorBody = z.object({
  code: z.enum(codes).catch('internal'),
  message: z.string(),
  hint: z.string().nullable().default(null),
  /** What is wrong with which field of the request: a path such as `parameters.size` to its message. */
  fields: z.record(z.string(), z.string()).nullable().default(null),
});
export type ErrorBody = z.infer<typeof errorBody>;

/** An error that a user can cause or can do something about. */
export class BerthError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly fields: Record<string, string> | null;

  constructor(
    code: ErrorCode,
    message: string,
    more: { hint?: string; fields?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'BerthError';
    this.code = code;
    const entry: { status: number; hint?: string } = errorCodes[code];
    this.hint = more.hint ?? entry.hint ?? null;
    this.fields = more.fields ?? null;
  }

  /** HTTP status that answers this error. */
  get status(): number {
    return errorCodes[this.code].status;
  }

  toBody(): ErrorBody {
    return { code: this.code, message: this.message, hint: this.hint, fields: this.fields };
  }

  static fromBody(body: ErrorBody): BerthError {
    return new BerthError(body.code, body.message, {
      ...(body.hint === null ? {} : { hint: body.hint }),
      ...(body.fields === null ? {} : { fields: body.fields }),
    });
  }
}

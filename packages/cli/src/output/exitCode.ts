import type { ErrorCode } from '@berth/protocol';

/** What the exit codes of every command mean. */
export const exitCodes = {
  success: 0,
  /** The job failed, or something else did. */
  failed: 1,
  /** The command line or a value on it is wrong. */
  usage: 2,
  /** Credentials or rights do not suffice. */
  refused: 3,
  /** No coordinator answers, or it cannot at the moment. */
  unreachable: 4,
  /** Ctrl-C ended the command; a job that it followed goes on. */
  interrupted: 130,
} as const;

const byCode: Partial<Record<ErrorCode, number>> = {
  invalid_request: exitCodes.usage,
  invalid_tag: exitCodes.usage,
  reserved_tag: exitCodes.usage,
  invalid_parameter: exitCodes.usage,
  missing_parameter: exitCodes.usage,
  unknown_parameter: exitCodes.usage,
  archive_refused: exitCodes.usage,
  no_configuration: exitCodes.usage,
  confirmation_needed: exitCodes.refused,
  unauthenticated: exitCodes.refused,
  invalid_credentials: exitCodes.refused,
  forbidden: exitCodes.refused,
  psk_refused: exitCodes.refused,
  psk_scope: exitCodes.refused,
  protocol_unsupported: exitCodes.refused,
  daemon_name_taken: exitCodes.refused,
  unreachable: exitCodes.unreachable,
  unavailable: exitCodes.unreachable,
};

export function exitCodeOf(code: ErrorCode): number {
  return byCode[code] ?? exitCodes.failed;
}

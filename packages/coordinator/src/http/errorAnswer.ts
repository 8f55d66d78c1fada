import { randomUUID } from 'node:crypto';
import { BerthError, type ErrorBody } from '@berth/protocol';
import type { Logger } from 'pino';

/**
 * What is answered to an error: a BerthError as it is, fastify's own refusals of a request in our words, and of anything
 * else nothing but a number that the log has, too.
 */
export function errorAnswer(error: unknown, log: Logger): { status: number; body: ErrorBody } {
  const known = error instanceof BerthError ? error : fromFramework(error);
  if (known !== null) return { status: known.status, body: known.toBody() };
  const id = randomUUID();
  log.error({ err: error, id }, 'an unexpected error');
  const internal = new BerthError('internal', 'something went wrong in the coordinator', {
    hint: `Its log says more, under the number ${id}.`,
  });
  return { status: internal.status, body: internal.toBody() };
}

/** Fastify's refusals that people see, in our words. */
const refusals: Record<string, BerthError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: new BerthError('limit_exceeded', 'the body of the request is too large'),
  FST_ERR_CTP_EMPTY_JSON_BODY: new BerthError('invalid_request', 'the request has no body'),
  FST_ERR_CTP_INVALID_JSON_BODY: new BerthError('invalid_request', 'the body of the request is not JSON'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new BerthError(
    'invalid_request',
    'the body of the request is of another type than this address takes',
    { hint: 'Send JSON, with the header Content-Type: application/json.' },
  ),
};

function fromFramework(error: unknown): BerthError | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  const known = 'code' in error && typeof error.code === 'string' ? refusals[error.code] : undefined;
  if (known !== undefined) return known;
  const { statusCode, message } = error;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null;
  return new BerthError('invalid_request', message);
}

import { BerthError, type Route } from '@berth/protocol';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

/**
 * Reads a request by the schemas of its route.
 *
 * @throws BerthError `invalid_request` with every problem by its field: `size`, `parameters.zone`, `body`
 */
export function readParts<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Route<P, Q, B>,
  request: FastifyRequest,
): { params: z.output<P>; query: z.output<Q>; body: z.output<B> } {
  const params = route.params.safeParse(request.params);
  const query = route.query.safeParse(request.query);
  const body = route.body.safeParse(route.requestBody === 'json' ? (request.body ?? {}) : {});
  if (params.success && query.success && body.success) {
    return { params: params.data, query: query.data, body: body.data };
  }
  const fields = new Map<string, string>();
  for (const part of [params, query, body]) {
    for (const issue of part.error?.issues ?? []) {
      const field = issue.path.join('.') || 'body';
      if (!fields.has(field)) fields.set(field, issue.message);
    }
  }
  const message = [...fields].map(([field, problem]) => `${field}: ${problem}`).join('; ');
  throw new BerthError('invalid_request', `the request is not valid: ${message}`, {
    fields: Object.fromEntries(fields),
  });
}

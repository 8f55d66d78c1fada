import { z } from 'zod';
import type { ErrorCode } from './errors.js';

/**
 * Who may call a route: anybody; a user with a session or API token; a daemon with the token of one attempt. What a user
 * may do beyond that is decided by the coordinator's `authorize`.
 */
export type RouteAuth = 'public' | 'session' | 'attempt';

/**
 * One declaration of an HTTP route: the coordinator validates by it, the client is typed by it, and the OpenAPI page is
 * made of it. Bodies that are not JSON say so by `bytes` (a stream of octets) or `events` (server-sent events).
 */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  /** With `:name` for parameters; begins with `/api/v1`. */
  path: string;
  auth: RouteAuth;
  /** One line for the API's readers. */
  summary: string;
  params: Params;
  query: Query;
  /** Schema of the JSON body, or of nothing. */
  body: Body;
  requestBody: 'none' | 'json' | 'bytes';
  response: Response;
  responseBody: 'none' | 'json' | 'bytes' | 'events';
  /** Status of success. */
  status: 200 | 201 | 202 | 204 | 206;
  /** Errors beyond those that any route may answer with (`invalid_request`, `unauthenticated`, `forbidden`, `not_found`). */
  errors: readonly ErrorCode[];
}

const nothing = z.object({});

/** Fills in what a route does not say: no parameters, no query, no body, 200 with JSON (204 without a response). */
export function route<
  Params extends z.ZodType = typeof nothing,
  Query extends z.ZodType = typeof nothing,
  Body extends z.ZodType = typeof nothing,
  Response extends z.ZodType = typeof nothing,
>(
  declared: Pick<Route, 'method' | 'path' | 'auth' | 'summary'> &
    Partial<Pick<Route, 'status' | 'errors' | 'requestBody' | 'responseBody'>> & {
      params?: Params;
      query?: Query;
      body?: Body;
      response?: Response;
    },
): Route<Params, Query, Body, Response> {
  const none = nothing as z.ZodType;
  return {
    method: declared.method,
    path: declared.path,
    auth: declared.auth,
    summary: declared.summary,
    params: declared.params ?? (none as Params),
    query: declared.query ?? (none as Query),
    body: declared.body ?? (none as Body),
    requestBody: declared.requestBody ?? (declared.body === undefined ? 'none' : 'json'),
    response: declared.response ?? (none as Response),
    responseBody: declared.responseBody ?? (declared.response === undefined ? 'none' : 'json'),
    status: declared.status ?? (declared.response === undefined && declared.responseBody === undefined ? 204 : 200),
    errors: declared.errors ?? [],
  };
}

/** Query of every list: at most `limit` items, going on after `cursor`. */
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** `nextCursor` of the page before. */
  cursor: z.string().optional(),
});
export type Page = z.infer<typeof page>;

export function paged<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** One page of a list; `nextCursor` is null on the last. */
export interface Paged<T> {
  items: T[];
  nextCursor: string | null;
}

/** A boolean in a query string. */
export const flag = z.enum(['true', 'false']).transform(text => text === 'true');

/** The path of a route with its parameters filled in, each encoded. */
export function fillPath(path: string, params: Record<string, string | number>): string {
  return path.replace(/:([a-zA-Z]+)/g, (_, key: string) => encodeURIComponent(String(params[key] ?? '')));
}

import { fillPath, type Route } from '@berth/protocol';

/** What one request is made of. */
export interface RequestParts {
  params?: unknown;
  query?: unknown;
  /** Sent as JSON. */
  body?: unknown;
  /** Body of a route that takes bytes. */
  bytes?: Blob | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Address and options for `fetch` of one call. Values are sent as they are: the coordinator checks them. */
export function buildRequest(
  base: string,
  token: string | null,
  route: Route,
  parts: RequestParts,
): { url: string; init: RequestInit } {
  const headers: Record<string, string> = { accept: accepts[route.responseBody], ...parts.headers };
  if (token !== null && route.auth !== 'public') headers.authorization = `Bearer ${token}`;
  const init: RequestInit = { method: route.method, headers };
  if (parts.signal !== undefined) init.signal = parts.signal;
  if (route.requestBody === 'json') {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(parts.body ?? {});
  } else if (route.requestBody === 'bytes') {
    headers['content-type'] = 'application/octet-stream';
    if (parts.bytes !== undefined) init.body = parts.bytes;
  }
  return { url: base + fillPath(route.path, texts(parts.params)) + queryText(parts.query), init };
}

const accepts: Record<Route['responseBody'], string> = {
  none: 'application/json',
  json: 'application/json',
  bytes: 'application/octet-stream',
  events: 'text/event-stream',
};

/** A value that is undefined or null is left out: both mean "not given" in a query. */
function texts(values: unknown): Record<string, string> {
  const given = Object.entries(values ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
}

function queryText(query: unknown): string {
  const text = new URLSearchParams(texts(query)).toString();
  return text === '' ? '' : `?${text}`;
}

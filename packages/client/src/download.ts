import { BerthError, type Route } from '@berth/protocol';
import { type Backoff, createBackoff } from './backoff.js';
import { bodyPieces } from './bodyPieces.js';
import type { Client } from './client.js';
import { networkError } from './networkError.js';
import type { RequestParts } from './request.js';

export interface Download {
  /** Size of the whole; null where the coordinator does not say. */
  sizeBytes: number | null;
  bytes: AsyncIterable<Uint8Array>;
}

/** How many cuts in a row, without a byte between them, end a download. */
const maxFailures = 5;

/**
 * Starts the download of a route that answers with bytes. A connection that is cut is taken up again at the byte where
 * it ended (a range request), where the coordinator names the content: what has another name by then is other content.
 */
export async function download(
  client: Client,
  route: Route,
  parts: RequestParts,
  backoff: Backoff = createBackoff(),
): Promise<Download> {
  const first = await client.send(route, parts);
  const length = first.headers.get('content-length');
  const sizeBytes = length === null ? null : Number(length);
  return { sizeBytes, bytes: resumed(client, route, parts, first, sizeBytes, backoff) };
}

async function* resumed(
  client: Client,
  route: Route,
  parts: RequestParts,
  first: Response,
  sizeBytes: number | null,
  backoff: Backoff,
): AsyncGenerator<Uint8Array, void, undefined> {
  const etag = first.headers.get('etag');
  let response: Response | null = first;
  let received = 0;
  let failures = 0;
  while (true) {
    try {
      response ??= await continuation(client, route, parts, etag, received);
      for await (const piece of bodyPieces(response)) {
        received += piece.length;
        failures = 0;
        yield piece;
      }
      if (sizeBytes === null || received >= sizeBytes) return;
      throw new Error('the answer ended early');
    } catch (error) {
      const failure = error instanceof BerthError ? error : networkError(client.url, error, parts.signal);
      failures++;
      const worth = failure instanceof BerthError && (failure.code === 'unreachable' || failure.code === 'unavailable');
      // Without a known size a cut and an end look the same: nothing can be taken up again.
      if (!worth || sizeBytes === null || failures >= maxFailures) throw failure;
      if (etag === null) throw cut(`after ${received} of ${sizeBytes} bytes`, failure);
      response = null;
      await backoff.wait(failures, parts.signal);
    }
  }
}

async function continuation(
  client: Client,
  route: Route,
  parts: RequestParts,
  etag: string | null,
  received: number,
): Promise<Response> {
  const condition = etag === null ? {} : { 'if-range': etag };
  const response = await client.send(route, { ...parts, headers: { range: `bytes=${received}-`, ...condition } });
  if (response.status === 206) return response;
  await response.body?.cancel();
  throw cut('and its content has changed since');
}

function cut(how: string, cause?: unknown): BerthError {
  return new BerthError('unreachable', `the download was cut ${how}`, { hint: 'Start it again.', cause });
}

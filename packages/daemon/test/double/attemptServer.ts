import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Attachments,
  type AttemptOutcome,
  type AttemptResult,
  attemptResult,
  type ErrorCode,
  errorCodes,
  type LogEntry,
  logBatch,
} from '@berth/protocol';

/** A state as an attempt has uploaded it, or the part of it that arrived. */
interface UploadedState {
  kind: string;
  serial: number;
  lineage: string;
  size: number;
  content: Buffer;
  complete: boolean;
}

/** What the coordinator keeps of one attempt; found by its token. */
export class AttemptData {
  archive: Buffer = Buffer.alloc(0);
  state: Buffer = Buffer.alloc(0);
  readonly uploads = new Map<string, UploadedState>();
  readonly results: AttemptResult[] = [];
  readonly log: LogEntry[] = [];
  /** How many batches came, repeated ones included. */
  batches = 0;
  /** Cuts the next upload of a state once this much of it has arrived. */
  cutUploadAfter: number | null = null;
}

/** Answers the requests that a daemon makes with the token of an attempt. */
export async function serveAttempt(
  data: AttemptData,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = url.pathname.replace('/api/v1/attempt/', '');
  if (path === 'archive') return sendRange(request, response, data.archive);
  if (path === 'state') return sendRange(request, response, data.state);
  if (path === 'result') {
    data.results.push(attemptResult.parse(await readJson(request)));
    response.writeHead(204).end();
    return;
  }
  if (path === 'logs') return appendLog(data, request, response);
  const digest = path.replace('states/', '');
  if (request.method === 'GET') {
    const upload = data.uploads.get(digest);
    return sendJson(response, { receivedBytes: upload?.content.length ?? 0, complete: upload?.complete ?? false });
  }
  await receiveState(data, digest, url, request, response);
}

/** Keeps what came with a terminal message as if it had been uploaded. */
export function keepAttached(data: AttemptData, { state }: AttemptOutcome, attached: Attachments): void {
  if (attached.result !== null) data.results.push(attached.result);
  data.log.push(...attached.log.filter(entry => entry.n > data.log.length));
  if (attached.state === null || state === null) return;
  const { digest, sizeBytes: size, serial, lineage } = state;
  const content = Buffer.from(attached.state, 'base64');
  data.uploads.set(digest, { kind: 'final', serial, lineage, size, content, complete: true });
}

export function sendError(response: ServerResponse, code: ErrorCode, message = code): void {
  response.writeHead(errorCodes[code].status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ code, message, hint: null, fields: null }));
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendRange(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from === 0 ? 200 : 206, { 'content-length': content.length - from });
  response.end(content.subarray(from));
}

async function appendLog(data: AttemptData, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { entries } = logBatch.parse(await readJson(request));
  data.batches += 1;
  const next = data.log.length + 1;
  if ((entries[0]?.n ?? 0) > next) return sendError(response, 'log_gap');
  data.log.push(...entries.filter(entry => entry.n >= next));
  sendJson(response, { stored: data.log.length });
}

async function receiveState(
  data: AttemptData,
  digest: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const query = (name: string) => url.searchParams.get(name) ?? '';
  const upload = data.uploads.get(digest) ?? {
    kind: query('kind'),
    serial: Number(query('serial')),
    lineage: query('lineage'),
    size: Number(query('size')),
    content: Buffer.alloc(0),
    complete: false,
  };
  data.uploads.set(digest, upload);
  if (upload.complete) {
    upload.kind = query('kind');
    request.resume();
    return sendJson(response, { receivedBytes: upload.content.length, complete: true });
  }
  if (Number(query('offset')) !== upload.content.length) return sendError(response, 'range_mismatch');
  try {
    for await (const chunk of request) {
      upload.content = Buffer.concat([upload.content, chunk]);
      if (data.cutUploadAfter === null || upload.content.length < data.cutUploadAfter) continue;
      data.cutUploadAfter = null;
      request.socket.destroy();
      return;
    }
  } catch {
    // The connection was cut: what has arrived stays.
    return;
  }
  upload.complete = upload.content.length === upload.size;
  if (upload.complete && createHash('sha256').update(upload.content).digest('hex') !== digest) {
    data.uploads.delete(digest);
    return sendError(response, 'digest_mismatch');
  }
  sendJson(response, { receivedBytes: upload.content.length, complete: upload.complete });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

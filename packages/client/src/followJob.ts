import { BerthError, type Job, type JobLogEntry, jobEvents, routes } from '@berth/protocol';
import { type Backoff, createBackoff } from './backoff.js';
import { bodyPieces } from './bodyPieces.js';
import type { Client } from './client.js';
import { readEvents, type ServerEvent } from './eventStream.js';
import { networkError } from './networkError.js';

export type JobEvent = { type: 'log'; entry: JobLogEntry } | { type: 'job'; job: Job };

export interface FollowOptions {
  /** Number of the last log entry that is known already; 0 for the whole log. */
  after?: number;
  signal?: AbortSignal;
  /** The connection was lost and is tried again: `failures` tries in a row have failed. Throw to give up. */
  onRetry?: (error: BerthError, failures: number) => void;
  backoff?: Backoff;
  /** How long the stream may be silent before it counts as dead; the coordinator sends a sign of life every 15 s. */
  silenceMs?: number;
}

/**
 * Follows a job: every log entry once and in order, and the job at first and at each change; ends when the job has
 * ended and all of its log was given. A connection that is lost is made again, for ever, from the last entry that came.
 *
 * @throws BerthError what the coordinator refuses with; what `onRetry` throws; the signal's reason when it is aborted
 */
export async function* followJob(
  client: Client,
  job: string,
  options: FollowOptions = {},
): AsyncGenerator<JobEvent, void, undefined> {
  const backoff = options.backoff ?? createBackoff();
  let last = options.after ?? 0;
  let failures = 0;
  while (true) {
    try {
      for await (const event of connect(client, job, last, options)) {
        failures = 0;
        const read = readJobEvent(event);
        if (read === 'end') return;
        if (read === null) continue;
        if (read.type === 'log') {
          // The same entry twice would be shown twice; the coordinator does not send it, a proxy's retry may.
          if (read.entry.seq <= last) continue;
          last = read.entry.seq;
        }
        yield read;
      }
      throw new BerthError('unreachable', 'the coordinator ended the connection');
    } catch (error) {
      if (!(error instanceof BerthError) || !isPassing(error)) throw error;
      failures++;
      options.onRetry?.(error, failures);
      await backoff.wait(failures, options.signal);
    }
  }
}

function isPassing(error: BerthError): boolean {
  return error.code === 'unreachable' || error.code === 'unavailable' || error.code === 'internal';
}

/** One connection: its events until it ends, breaks, or is silent for too long. */
async function* connect(
  client: Client,
  job: string,
  last: number,
  { signal, silenceMs = 45_000 }: FollowOptions,
): AsyncGenerator<ServerEvent, void, undefined> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error(`no sign of life for ${silenceMs / 1000} s`)), silenceMs);
  };
  const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  try {
    heard();
    const response = await client
      .send(routes.jobEvents, {
        params: { job },
        query: { after: last },
        headers: { 'last-event-id': String(last) },
        signal: either,
      })
      .catch(error => {
        throw broken(client.url, error, signal);
      });
    try {
      yield* readEvents(bodyPieces(response), heard);
    } catch (error) {
      throw broken(client.url, error, signal);
    }
  } finally {
    clearTimeout(timer);
  }
}

function broken(url: string, error: unknown, signal: AbortSignal | undefined): unknown {
  return error instanceof BerthError ? error : networkError(url, error, signal);
}

/** Null for an event that this version does not know: the coordinator may be newer. */
function readJobEvent(event: ServerEvent): JobEvent | 'end' | null {
  switch (event.type) {
    case 'log':
      return { type: 'log', entry: jobEvents.log.parse(JSON.parse(event.data)) };
    case 'job':
      return { type: 'job', job: jobEvents.job.parse(JSON.parse(event.data)) };
    case 'end':
      return 'end';
    default:
      return null;
  }
}

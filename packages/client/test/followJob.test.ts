import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Job } from '@berth/protocol';
import { expect, test } from 'vitest';
import { createClient, followJob, type JobEvent } from '../src/index.js';
import { answerJson, noBackoff, serve } from './serve.js';

const id = '2b7a1f7e-3c4d-4d5e-8f60-0123456789ab';

test('a job is followed to its end: its log in order and each change', async () => {
  const url = await serve((_, response) => {
    begin(response);
    response.write(sse('job', job('running')) + log(1) + log(2) + sse('job', job('succeeded')) + sse('end', {}));
  });
  expect((await collect(followJob(createClient({ url }), id))).map(tell)).toEqual([
    'running',
    'line 1',
    'line 2',
    'succeeded',
  ]);
});

test('a connection that is lost is made again from the last entry that came', async () => {
  const asked: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    asked.push(String(request.headers['last-event-id']));
    const after = Number(request.headers['last-event-id']);
    if (asked.length === 2) return answerJson(response, 503, { code: 'unavailable', message: 'starting' });
    begin(response);
    if (after === 0) response.write(log(1) + log(2), () => response.destroy());
    // Sends entry 2 again, as a proxy that repeats a request could make it do.
    else response.write(log(2) + log(3) + sse('end', {}));
  });
  const retries: string[] = [];
  const events = await collect(
    followJob(createClient({ url }), id, {
      backoff: noBackoff,
      onRetry: (error, failures) => retries.push(`${error.code} ${failures}`),
    }),
  );
  expect(events.map(tell)).toEqual(['line 1', 'line 2', 'line 3']);
  expect(asked).toEqual(['0', '2', '2']);
  expect(retries).toEqual(['unreachable 1', 'unavailable 2']);
});

test('a silent connection is given up and made again', async () => {
  let silent = 0;
  const url = await serve((request, response) => {
    begin(response);
    const isFirst = request.headers['last-event-id'] === '0';
    if (isFirst) silent++;
    response.write(isFirst ? log(1) : sse('end', {}));
  });
  const events = await collect(followJob(createClient({ url }), id, { backoff: noBackoff, silenceMs: 50 }));
  expect(events.map(tell)).toEqual(['line 1']);
  expect(silent).toBeGreaterThan(0);
});

test('a refusal ends it, and so does the caller who gives up', async () => {
  const refusing = await serve((_, response) => answerJson(response, 403, { code: 'forbidden', message: 'no' }));
  await expect(collect(followJob(createClient({ url: refusing }), id))).rejects.toMatchObject({ code: 'forbidden' });

  const cutting = await serve((request, _) => request.socket.destroy());
  const options = {
    backoff: noBackoff,
    onRetry: (error: Error, failures: number) => {
      if (failures === 3) throw error;
    },
  };
  await expect(collect(followJob(createClient({ url: cutting }), id, options))).rejects.toMatchObject({
    code: 'unreachable',
  });
});

test('a caller who stops reading leaves no connection behind', async () => {
  const sockets = new EventEmitter();
  const url = await serve((request, response) => {
    request.socket.on('close', () => sockets.emit('closed'));
    begin(response);
    response.write(log(1));
  });
  const closed = once(sockets, 'closed');
  for await (const _ of followJob(createClient({ url }), id)) break;
  await closed;
});

test('a caller who aborts gets its own reason', async () => {
  const abort = new AbortController();
  const url = await serve((_, response) => {
    begin(response);
    response.write(log(1));
  });
  const reading = (async () => {
    for await (const _ of followJob(createClient({ url }), id, { signal: abort.signal }))
      abort.abort(new Error('stop'));
  })();
  await expect(reading).rejects.toThrow('stop');
});

test('an event that this version does not know is passed over', async () => {
  const url = await serve((_, response) => {
    begin(response);
    response.write(sse('weather', { rain: true }) + log(1) + sse('end', {}));
  });
  expect((await collect(followJob(createClient({ url }), id))).map(tell)).toEqual(['line 1']);
});

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

function sse(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function log(seq: number): string {
  const entry = { n: seq, at: seq, phase: 'apply', kind: 'text', source: 'engine', level: 'info' };
  return `id: ${seq}\n${sse('log', { seq, attempt: 1, entry: { ...entry, text: `line ${seq}`, address: null } })}`;
}

function job(status: Job['status']): Job {
  return {
    id,
    type: 'workspace_build',
    status,
    organization: { id, name: 'default' },
    tags: { scope: 'organization', owner: '' },
    engine: null,
    attempt: 1,
    createdAt: 1,
    startedAt: 1,
    applyStartedAt: null,
    unreachableSince: null,
    giveUpAt: null,
    cancelRequestedAt: null,
    finishedAt: null,
    phase: null,
    daemon: null,
    error: null,
    notes: [],
    waiting: null,
  };
}

function tell(event: JobEvent): string {
  if (event.type === 'job') return event.job.status;
  return event.entry.entry.kind === 'text' ? event.entry.entry.text : event.entry.entry.kind;
}

async function collect(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const found: JobEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { followJob, type JobEvent } from '@berth/client';
import { fillPath, routes } from '@berth/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { EventStream } from '../src/http/eventStream.js';
import { restarted, type TestCoordinator, testCoordinator } from './support/coordinator.js';
import type { Attempt } from './support/daemon.js';
import { create, push, runBuild, template } from './support/work.js';

/** A build that is running, and its daemon. */
async function running(options: Parameters<typeof testCoordinator>[0] = {}) {
  const setup = await testCoordinator(options);
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  const attempt = await daemon.take(true);
  return { setup, daemon, attempt, job: attempt.ref.job };
}

const entry = (n: number) => ({ n, at: 1, phase: 'apply' as const, kind: 'phase' as const });

function append({ http }: Attempt, from: number, to: number) {
  const entries = Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));
  return http.call(routes.appendAttemptLog, { body: { entries } });
}

async function collect(events: AsyncIterable<JobEvent>): Promise<{ seqs: number[]; statuses: string[] }> {
  const seqs: number[] = [];
  const statuses: string[] = [];
  for await (const event of events) {
    if (event.type === 'log') seqs.push(event.entry.seq);
    else statuses.push(event.job.status);
  }
  return { seqs, statuses };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test('followers who come at any time see every entry once, in order, and then the end', async () => {
  const { setup, daemon, attempt, job } = await running();
  const followers: Promise<{ seqs: number[]; statuses: string[] }>[] = [];
  const count = 60;
  for (let batch = 0; batch < count; batch++) {
    if (batch % 10 === 0) followers.push(collect(followJob(setup.owner, job)));
    await append(attempt, batch * 5 + 1, batch * 5 + 5);
  }
  await daemon.settle(attempt.ref);
  followers.push(collect(followJob(setup.owner, job)));
  followers.push(collect(followJob(setup.owner, job, { after: 290 })));
  const all = await Promise.all(followers);
  for (const { seqs, statuses } of all.slice(0, -1)) {
    expect(seqs).toEqual(upTo(count * 5));
    expect(statuses.at(-1)).toBe('succeeded');
  }
  expect(all.at(-1)?.seqs).toEqual(upTo(300).slice(290));
  expect(all[0]?.statuses[0]).toBe('running');
});

test('the last entry of the log comes before the end of the job', async () => {
  const { setup, daemon, attempt, job } = await running();
  const order: string[] = [];
  const following = (async () => {
    for await (const event of followJob(setup.owner, job)) {
      order.push(event.type === 'job' ? event.job.status : 'log');
      if (order.length === 1) {
        await append(attempt, 1, 200);
        await daemon.settle(attempt.ref);
      }
    }
  })();
  await following;
  expect(order).toEqual(['running', ...upTo(200).map(() => 'log'), 'succeeded']);
});

test('Last-Event-ID goes before the query; what is no number of ours counts for nothing', async () => {
  const { setup, daemon, attempt, job } = await running();
  await append(attempt, 1, 5);
  await daemon.settle(attempt.ref);
  const ids = async (headers: Record<string, string>, query = '') => {
    const text = await (
      await fetch(eventsUrl(setup, job) + query, { headers: { ...bearer(setup), ...headers } })
    ).text();
    return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  };
  expect(await ids({ 'last-event-id': '3' }, '?after=1')).toEqual([4, 5]);
  expect(await ids({}, '?after=4')).toEqual([5]);
  expect(await ids({ 'last-event-id': 'nonsense' })).toEqual([1, 2, 3, 4, 5]);
});

test('each change of the job is told: the wait, the daemon that comes, its phase, a cancel request', async () => {
  const setup = await testCoordinator();
  const { version } = await push(setup, setup.owner);
  const events = followJob(setup.owner, version.job.id);
  const next = async (is: (event: JobEvent & { type: 'job' }) => boolean) => {
    for (;;) {
      const { value } = await events.next();
      if (value === undefined) throw new Error('it ended');
      if (value.type === 'job' && is(value)) return value.job;
    }
  };
  expect((await next(() => true)).waiting?.reason).toBe('no_daemon_matches');
  const tagged = await setup.daemon({ name: 'tagged', tags: { zone: 'a' } });
  expect((await next(({ job }) => job.waiting?.nearest != null)).waiting?.nearest?.daemon).toBe('tagged');
  const daemon = await setup.daemon({ name: 'plain' });
  const offer = await daemon.next('offer');
  expect((await next(({ job }) => job.waiting?.reason === 'offer_pending')).status).toBe('pending');
  const { ref } = await daemon.accept(offer);
  expect((await next(({ job }) => job.status === 'running')).daemon?.name).toBe('plain');
  daemon.send({ type: 'progress', ...ref, phase: 'init' });
  await next(({ job }) => job.phase === 'init');
  await setup.owner.call(routes.cancelJob, { params: { job: ref.job } });
  await next(({ job }) => job.status === 'canceling');
  await daemon.settle(ref, { error: { code: 'canceled', message: 'canceled', hint: null, fields: null } });
  await next(({ job }) => job.status === 'canceled');
  expect((await events.next()).done).toBe(true);
  expect(tagged.count('offer')).toBe(0);
});

test('a stream without news has its heartbeat', async () => {
  const { setup, job } = await running({ timings: { eventHeartbeatMs: 20 } });
  const reader = await open(setup, job);
  let text = '';
  for await (const piece of reader) {
    text += piece;
    if (text.split(': still here\n\n').length > 3) break;
  }
  expect(text).toContain('event: job');
});

test('a follower goes on where it was when the coordinator comes back', async () => {
  const { setup, attempt, job, daemon } = await running();
  await append(attempt, 1, 3);
  const backoff = { wait: async () => new Promise<void>(resolve => setImmediate(resolve)) };
  const events = followJob(setup.owner, job, { backoff });
  const seqs: number[] = [];
  const readTo = async (last: number) => {
    while (seqs.at(-1) !== last) {
      const { value } = await events.next();
      if (value?.type === 'log') seqs.push(value.entry.seq);
      if (value === undefined) throw new Error('it ended');
    }
  };
  await readTo(3);
  const reading = readTo(5);
  await setup.coordinator.stop();
  const next = await restarted(setup, { address: setup.coordinator.address });
  const back = await next.daemon({ instance: daemon.instance, attempts: [attempt.ref] });
  await append(attempt, 4, 5);
  await reading;
  await back.settle(attempt.ref);
  for await (const event of events) if (event.type === 'log') seqs.push(event.entry.seq);
  expect(seqs).toEqual([1, 2, 3, 4, 5]);
});

test('readers who go away leave nothing behind, and the coordinator stops at once with readers there', async () => {
  const { setup, attempt, job } = await running();
  const readers = await Promise.all(upTo(20).map(() => open(setup, job)));
  for (const reader of readers.slice(0, 10)) reader.destroy();
  await append(attempt, 1, 1);
  const ended = readers.slice(10).map(reader => once(reader.resume(), 'close'));
  await setup.coordinator.stop();
  await Promise.all(ended);
});

test('a reader that is behind is waited for: no more than one event is kept for it', async () => {
  let answered: (response: ServerResponse) => void;
  const response = new Promise<ServerResponse>(resolve => {
    answered = resolve;
  });
  const server = createServer((_request, toReader) => answered(toReader));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const reader = new Promise<IncomingMessage>(resolve => get({ port, host: '127.0.0.1' }, resolve));
  const toReader = await response;
  const stream = new EventStream(toReader, 60_000);
  const event = 'x'.repeat(64 * 1024);
  const total = 500;
  let sent = 0;
  const sending = (async () => {
    for (let i = 0; i < total; i++) {
      await stream.sendAll([{ event: 'log', data: event, id: i }]);
      sent++;
    }
    stream.end();
  })();
  // Until nothing moves any more: what is left then waits for the reader.
  for (let before = -1, still = 0; still < 100; still = sent === before ? still + 1 : 0) {
    before = sent;
    await new Promise(resolve => setImmediate(resolve));
  }
  expect(sent).toBeLessThan(total);
  expect(toReader.writableLength).toBeLessThan(2 * event.length);
  let text = '';
  for await (const piece of await reader) text += piece;
  await sending;
  expect(text.match(/^id: /gm)).toHaveLength(total);
});

test('the feed of a build that ran before is whole', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon();
  const version = await template(setup, daemon);
  await create(setup, setup.owner, version);
  const { ref } = await runBuild(daemon);
  expect(await collect(followJob(setup.owner, ref.job))).toEqual({ seqs: [], statuses: ['succeeded'] });
});

function eventsUrl({ url }: TestCoordinator, job: string): string {
  return url + fillPath(routes.jobEvents.path, { job });
}

function bearer({ ownerToken }: TestCoordinator): Record<string, string> {
  return { authorization: `Bearer ${ownerToken}` };
}

function open(setup: TestCoordinator, job: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(eventsUrl(setup, job), { headers: bearer(setup), agent: false }, resolve).on('error', reject);
  });
}

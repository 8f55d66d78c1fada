import type { Store } from '@berth/store';
import { fastify } from 'fastify';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { Changes } from '../src/events/changes.js';
import { JobFeed } from '../src/events/jobFeed.js';
import { readSettings } from '../src/settings.js';
import { storeWithDaemon } from './support/store.js';

const entry = (n: number) => ({ n, at: 1, phase: 'apply' as const, kind: 'phase' as const });

test('what is logged between the last look at the log and the end still comes before the end', async () => {
  const { store, record, pushJob } = await storeWithDaemon();
  const job = await pushJob();
  const ref = { job: job.id, attempt: 1 };
  await store.jobs.claim({ ...record, organization: record.organization.id }, 60_000);
  await store.jobs.accept({ ...ref, daemonId: record.id }, { leaseMs: 60_000, tokenHash: 'x', openGate: false });
  const changes = new Changes();
  let looks = 0;
  const logs: Store['logs'] = {
    ...store.logs,
    async readBatches(...asked) {
      const found = await store.logs.readBatches(...asked);
      if (looks++ > 0) return found;
      // The look is over, but the reader does not have it yet.
      await store.logs.append(ref, [entry(1), entry(2)]);
      const error = { code: 'engine_failed' as const, message: 'no', hint: null, fields: null };
      await store.jobs.settle(ref, { error, state: null, result: false });
      changes.jobs.publish(job.id);
      return found;
    },
  };
  const settings = readSettings({ dataDir: '', address: ':0' });
  const core = {
    store: { ...store, logs },
    settings: { ...settings, accessUrl: '' },
    changes,
    log: pino({ level: 'silent' }),
  };
  const app = fastify();
  onTestFinished(() => app.close());
  app.get('/', (request, reply) => new JobFeed(core, job, 0, new AbortController().signal).sendTo(request, reply));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const text = await (await fetch(url)).text();
  const events = text.split('\n\n').flatMap(event => {
    const kind = /^event: (\w+)$/m.exec(event)?.[1];
    return kind === undefined ? [] : [[kind, /"status":"(\w+)"/.exec(event)?.[1] ?? ''].join(' ').trim()];
  });
  expect(events).toEqual(['job running', 'log', 'log', 'job failed', 'end']);
});

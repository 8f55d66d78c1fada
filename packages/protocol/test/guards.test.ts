import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testGuard } from '@berth/testkit';
import { expect, test } from 'vitest';
import { guardNames, type JobEvent, type JobFacts, newJobFacts, ownsJob, stageOf, transition } from '../src/index.js';

const accepted: JobEvent[] = [
  { type: 'offer', offerMs: 5_000 },
  { type: 'accept', leaseMs: 45_000 },
];

/** What a new build becomes by these events. */
function after(...events: JobEvent[]): JobFacts {
  return events.reduce((job, event) => transition(job, event, 1), newJobFacts('workspace_build'));
}

test('each guard stands in the table of packages/README.md, with a test that is there', () => {
  const root = join(import.meta.dirname, '../../..');
  const rows = [
    ...readFileSync(join(root, 'packages/README.md'), 'utf8').matchAll(
      /^\| `((?!terraform)\w+\.\w+)` \|[^|]*\|[^|]*\| `([^`]+)` \|/gm,
    ),
  ];
  expect(rows.map(([, name]) => name).sort()).toEqual([...guardNames]);
  for (const [, , path = ''] of rows) expect(existsSync(join(root, path)), path).toBe(true);
});

testGuard(
  'protocol.gate',
  'a build that may have changed something is never handed to another daemon by itself',
  () => {
    expect(stageOf(after(...accepted, { type: 'open_gate' }, { type: 'lose' }))).toBe('unreachable');
  },
);

testGuard('protocol.fence', 'an attempt that lost its job owns it no more', () => {
  const job = after(...accepted, { type: 'lose' }, ...accepted);
  expect([1, 2].filter(attempt => ownsJob(job, attempt))).toEqual([2]);
});

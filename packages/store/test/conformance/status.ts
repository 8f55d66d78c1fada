import { BerthError, jobStatus, statusOf, timings } from '@berth/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobRecord } from '../../src/index.js';
import { capabilities, failure, makeWorld, type OpenStore, success } from './world.js';

const steps = [
  'claim',
  'withdraw',
  'accept',
  'gate',
  'heartbeat',
  'cancel',
  'complete',
  'fail',
  'later',
  'hand back',
  'not started',
  'release',
  'long ago',
] as const;

/** Illegal moves are part of the walk. */
async function maybe(operation: Promise<unknown>): Promise<void> {
  try {
    await operation;
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
  }
}

export function statusConformance(open: OpenStore): void {
  test('the status in the database is the one that the protocol derives, whatever happened', async () => {
    const world = await makeWorld(open);
    const { store, organization } = world;
    const version = await world.imported();
    const daemon = await world.daemon();
    const seen = new Set<string>();

    const compare = async () => {
      const byStatus = await Promise.all(
        jobStatus.options.map(async status => {
          const { items } = await store.jobs.list({ organizationId: organization.id, status }, { limit: 500 });
          return items.map((job: JobRecord) => ({ id: job.id, status, derived: statusOf(job) }));
        }),
      );
      const listed = byStatus.flat();
      for (const { status, derived } of listed) expect(status).toBe(derived);
      for (const { status } of listed) seen.add(status);
      const all = await store.jobs.list({ organizationId: organization.id }, { limit: 500 });
      expect(listed.map(job => job.id).sort()).toEqual(all.items.map(job => job.id).sort());
    };

    const walk = async (moves: readonly (typeof steps)[number][]) => {
      const { latestBuild } = await world.workspace(version);
      const job = latestBuild.job.id;
      let attempt = 1;
      for (const move of moves) {
        const ref = { job, attempt };
        const accept = { leaseMs: timings.leaseMs, tokenHash: `${job}-${attempt}`, openGate: false };
        if (move === 'claim') {
          const claimed = await store.jobs.claim(capabilities(daemon), timings.offerMs);
          attempt = claimed?.job.attempt ?? attempt;
        } else if (move === 'withdraw') await maybe(store.jobs.withdrawOffer(ref));
        else if (move === 'accept') await maybe(store.jobs.accept({ ...ref, daemonId: daemon.id }, accept));
        else if (move === 'gate') await maybe(store.jobs.openGate(ref));
        else if (move === 'heartbeat') await store.jobs.heartbeat(daemon.id, [ref], timings.leaseMs);
        else if (move === 'cancel') await maybe(store.jobs.requestCancel(job));
        else if (move === 'complete') await maybe(store.jobs.settle(ref, success));
        else if (move === 'fail') await maybe(store.jobs.settle(ref, failure('engine_failed')));
        else if (move === 'hand back') await maybe(store.jobs.handBack(ref, 'reason'));
        else if (move === 'not started') {
          await maybe(store.jobs.notStarted(ref, { daemonId: daemon.id, instance: daemon.instance }, 'reason'));
        } else if (move === 'release') await maybe(store.jobs.release(job, 'owner'));
        else if (move === 'long ago') {
          world.advance(timings.lostAfterMs);
          await store.jobs.reap();
        } else {
          world.advance(timings.leaseMs);
          await store.jobs.reap();
        }
        await compare();
      }
      await maybe(store.jobs.requestCancel(job));
      await maybe(store.jobs.settle({ job, attempt }, failure('canceled')));
    };

    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...steps), { minLength: 3, maxLength: 8 }), walk), {
      numRuns: 25,
      examples: [
        [['claim', 'accept', 'gate', 'complete']],
        [['claim', 'accept', 'cancel', 'fail']],
        [['claim', 'accept', 'gate', 'later', 'cancel']],
        [['claim', 'accept', 'gate', 'later', 'long ago']],
        [['claim', 'accept', 'gate', 'later', 'release']],
        [['claim', 'accept', 'gate', 'later', 'not started', 'claim']],
        [['cancel']],
      ],
    });
    expect([...seen].sort()).toEqual([...jobStatus.options].sort());
  });
}

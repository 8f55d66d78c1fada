import { timings } from '@berth/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DaemonRecord, TemplateVersionRecord, UserRecord } from '../../src/index.js';
import { capabilities, makeWorld, type OpenStore, success, uploadState, type World } from './world.js';

const tagged = { scope: 'organization', owner: '', gpu: 'yes' };

/** Claims until nothing is left and returns the names of the workspaces (or templates) in the order of their jobs. */
async function drain({ store }: World, daemon: DaemonRecord, names: Map<string, string>): Promise<string[]> {
  const order: string[] = [];
  for (;;) {
    const claimed = await store.jobs.claim(capabilities(daemon), timings.offerMs);
    if (claimed === null) return order;
    order.push(names.get(claimed.job.id) ?? claimed.job.id);
  }
}

/** Makes jobs by name and remembers which is which. */
function jobMaker(world: World) {
  const names = new Map<string, string>();
  return {
    names,
    build: async (name: string, version: TemplateVersionRecord, owner?: UserRecord) => {
      const workspace = await world.workspace(version, { name, ...(owner === undefined ? {} : { owner }) });
      names.set(workspace.latestBuild.job.id, name);
      return workspace.latestBuild.job;
    },
    push: async (name: string, change: Parameters<World['push']>[0] = {}) => {
      const { version } = await world.push({ template: name, ...change });
      names.set(version.job.id, name);
      return version.job;
    },
  };
}

export function queueConformance(open: OpenStore): void {
  describe('the order of the queue', () => {
    test('by age within an initiator', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      for (const name of ['a', 'b', 'c']) {
        await make.build(name, version);
        world.advance(1);
      }
      expect(await drain(world, await world.daemon(), make.names)).toEqual(['a', 'b', 'c']);
    });

    test('jobs made at the same moment keep the order of their making', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      const names = Array.from({ length: 12 }, (_, i) => `w${i}`);
      for (const name of names) await make.build(name, version, await world.user());
      expect(await drain(world, await world.daemon(), make.names)).toEqual(names);
    });

    test('builds of people before their imports, however old', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      await make.push('import', { engine: 'terraform' });
      world.advance(timings.starvationMs - 1);
      await make.build('build', version);
      expect(await drain(world, await world.daemon(), make.names)).toEqual(['build', 'import']);
    });

    test('what has waited five minutes goes before everything, by age', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      await make.push('import', { engine: 'terraform' });
      world.advance(1);
      await make.build('old build', version);
      world.advance(timings.starvationMs - 1);
      await make.build('build', version);
      expect(await drain(world, await world.daemon(), make.names)).toEqual(['import', 'old build', 'build']);
    });

    test('whoever asks for much waits behind whoever asks for little', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      const [ada, grace] = [await world.user(), await world.user()];
      for (let i = 1; i <= 4; i++) await make.build(`ada${i}`, version, ada);
      for (let i = 1; i <= 2; i++) await make.build(`grace${i}`, version, grace);
      const order = await drain(world, await world.daemon(), make.names);
      expect(order).toEqual(['ada1', 'grace1', 'ada2', 'grace2', 'ada3', 'ada4']);
    });

    test('a newcomer starts at the virtual time, not at its beginning', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      const [ada, grace] = [await world.user(), await world.user()];
      const daemon = await world.daemon();
      for (let i = 1; i <= 6; i++) await make.build(`ada${i}`, version, ada);
      for (let i = 1; i <= 4; i++) await world.claim(daemon);
      for (let i = 1; i <= 3; i++) await make.build(`grace${i}`, version, grace);
      // At virtual time 3: grace has start tags 3, 4, 5 and ada 4, 5.
      expect(await drain(world, daemon, make.names)).toEqual(['grace1', 'ada5', 'grace2', 'ada6', 'grace3']);
    });

    test('between the queues of a slot the oldest head goes first', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const [one, two] = [
        await world.imported({ tags: tagged }),
        await world.imported({ tags: { ...tagged, zone: 'a' } }),
      ];
      const daemon = await world.daemon({ tags: { ...tagged, zone: 'a' } });
      for (const [name, version] of [
        ['a', one],
        ['b', two],
        ['c', two],
        ['d', one],
      ] as const) {
        await make.build(name, version);
        world.advance(1);
      }
      expect(await drain(world, daemon, make.names)).toEqual(['a', 'b', 'c', 'd']);
    });

    test('fair share holds across jobs that need different engine versions', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      const [ada, grace] = [await world.user(), await world.user()];
      const writer = await world.daemon({ engine: { name: 'terraform', version: '1.9.0' } });
      // Grace's workspace has a state of 1.9.0, so her next builds wait in a lane of their own.
      const { id } = await world.workspace(version, { name: 'grace1', owner: grace });
      const state = await uploadState(world.store, '{"serial":1}');
      await world.store.jobs.settle(await world.running(writer), { ...success, state });
      for (let i = 1; i <= 3; i++) await make.build(`ada${i}`, version, ada);
      const { job } = await world.store.workspaces.createBuild(id, world.start(version, grace));
      make.names.set(job.id, 'grace2');
      expect(job.minimumEngineVersion).toBe('1.9.0');
      const old = await world.daemon({ engine: { name: 'terraform', version: '1.8.5' } });
      expect(make.names.get((await world.claim(old)).job)).toBe('ada1');
      expect(await drain(world, await world.daemon(), make.names)).toEqual(['ada2', 'grace2', 'ada3']);
    });

    test('what is taken out of order does not put newcomers behind what waits', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      const [ada, bob, carl] = [await world.user(), await world.user(), await world.user()];
      const writer = await world.daemon({ engine: { name: 'terraform', version: '1.9.0' } });
      const states = [1, 2, 3].map(n => uploadState(world.store, `{"serial":${n}}`));
      const ids: string[] = [];
      for (const state of states) {
        ids.push((await world.workspace(version, { owner: ada })).id);
        await world.store.jobs.settle(await world.running(writer), { ...success, state: await state });
      }
      for (const [i, id] of ids.entries()) {
        const { job } = await world.store.workspaces.createBuild(id, world.start(version, ada));
        make.names.set(job.id, `ada${i + 1}`);
      }
      // A daemon too old for Ada's jobs takes all of Bob's, the last of which have start tags far above hers.
      for (let i = 1; i <= 8; i++) await make.build(`bob${i}`, version, bob);
      const old = await world.daemon({ engine: { name: 'terraform', version: '1.8.0' } });
      for (let i = 1; i <= 8; i++) await world.claim(old);
      await make.build('carl1', version, carl);
      await make.build('carl2', version, carl);
      expect(await drain(world, writer, make.names)).toEqual(['ada1', 'carl1', 'ada2', 'carl2', 'ada3']);
    });

    test('a job that goes back keeps its old place', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      const daemon = await world.daemon();
      for (const name of ['a', 'b', 'c']) await make.build(name, version);
      await world.store.jobs.withdrawOffer(await world.claim(daemon));
      const lost = await world.running(daemon, false);
      await world.store.jobs.handBack(lost, 'stopping');
      expect(await drain(world, daemon, make.names)).toEqual(['a', 'b', 'c']);
    });

    test('position counts what a slot would take before, as claim does', async () => {
      const world = await makeWorld(open);
      const make = jobMaker(world);
      const version = await world.imported();
      const daemon = await world.daemon();
      await make.push('old import', { engine: 'terraform' });
      world.advance(timings.starvationMs);
      const users = [await world.user(), await world.user()];
      await make.push('import', { engine: 'terraform' });
      for (let i = 0; i < 6; i++) await make.build(`w${i}`, version, users[i % 3 === 0 ? 0 : 1]);
      const positions = new Map<number, string>();
      for (const [id, name] of make.names) positions.set(await world.store.jobs.position(id), name);
      const order = await drain(world, daemon, make.names);
      expect(order.map((_, i) => positions.get(i + 1))).toEqual(order);
      for (const id of make.names.keys()) expect(await world.store.jobs.position(id)).toBe(0);
    });
  });

  test('the bound of fair share: a job waits for at most S − V + 1 jobs of each other initiator', async () => {
    const step = fc.oneof(fc.constant('claim' as const), fc.nat({ max: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
        const world = await makeWorld(open);
        const version = await world.imported();
        const daemon = await world.daemon();
        const users = [world.owner, await world.user(), await world.user(), await world.user()];
        const model = new FairShareModel();
        const claimOne = async () => {
          const claimed = await world.store.jobs.claim(capabilities(daemon), timings.offerMs);
          if (claimed !== null) model.claimed(claimed.job.id);
          return claimed !== null;
        };
        for (const next of steps) {
          const owner = next === 'claim' ? undefined : users[next];
          if (owner === undefined) await claimOne();
          else model.asked((await world.workspace(version, { owner })).latestBuild.job.id, owner.id);
        }
        while (await claimOne());
        expect(model.waiting).toBe(0);
        await world.store.close();
      }),
      { numRuns: 40 },
    );
  });
}

/**
 * Start tags as the rule gives them, from nothing but the order in which jobs were asked for and claimed, and how many
 * jobs of each initiator went before each job.
 */
class FairShareModel {
  #virtualTime = 0;
  readonly #finish = new Map<string, number>();
  readonly #waiting = new Map<
    string,
    { initiator: string; start: number; bound: number; before: Map<string, number> }
  >();

  asked(job: string, initiator: string): void {
    const start = Math.max(this.#virtualTime, this.#finish.get(initiator) ?? 0);
    this.#finish.set(initiator, start + 1);
    this.#waiting.set(job, { initiator, start, bound: start - this.#virtualTime + 1, before: new Map() });
  }

  claimed(job: string): void {
    const taken = this.#waiting.get(job);
    if (taken === undefined) throw new Error('a job that nobody asked for');
    this.#waiting.delete(job);
    this.#virtualTime = taken.start;
    for (const waiting of this.#waiting.values()) {
      expect(waiting.start).toBeGreaterThanOrEqual(taken.start);
      if (waiting.initiator === taken.initiator) continue;
      const before = (waiting.before.get(taken.initiator) ?? 0) + 1;
      waiting.before.set(taken.initiator, before);
      expect(before).toBeLessThanOrEqual(waiting.bound);
    }
  }

  get waiting(): number {
    return this.#waiting.size;
  }
}

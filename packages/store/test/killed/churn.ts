import { createHash } from 'node:crypto';
import { tempDir } from '@berth/testkit';
import { expect } from 'vitest';
import { openStore, type Store } from '../../src/index.js';
import { runChild } from '../child.js';

/**
 * Does everything that a coordinator does to its store, in an order that the seed gives, until it is killed. Prints what the
 * store has acknowledged, one fact a line, after it has.
 */
const script = `
  import { createHash, randomUUID } from 'node:crypto';
  const [, dataDir, seed] = process.argv;
  const store = await openStore({ dataDir });
  let random = Number(seed) % 2147483647 || 1;
  const below = n => (random = (random * 48271) % 2147483647) % n;
  const say = fact => process.stdout.write(JSON.stringify(fact) + '\\n');
  const owner = (await store.users.byLogin('owner'))?.user
    ?? (await store.users.createFirst({ username: 'owner', email: 'o@o.o', passwordHash: 'h' }));
  const organization = await store.organizations.getDefault();
  const tags = { scope: 'organization', owner: '' };
  const engine = { name: 'terraform', version: '1.11.4' };
  const daemon = await store.daemons.connected({
    organizationId: organization.id, provider: 'built-in', name: 'daemon', builtIn: false, tags, slots: 1, version: '1',
    protocol: 1, engine, platform: 'p', hostname: 'h', sandbox: 'none', instance: randomUUID(), draining: false });
  const claim = () => store.jobs.claim({ id: daemon.id, organization: organization.id, provider: 'built-in', engine, tags }, 5000);
  const upload = async (kind, text) => {
    const content = Buffer.from(text);
    const digest = createHash('sha256').update(content).digest('hex');
    await store.blobs.write({ kind, digest }, { sizeBytes: content.length, offset: 0, content: (async function* () { yield content; })() });
    return { digest, sizeBytes: content.length };
  };
  const importVersion = async () => {
    const archive = await upload('archive', 'archive');
    await store.templates.push({ organizationId: organization.id, template: 't', name: null, message: '', createdBy: owner.id,
      archive: archive.digest, tags, pinned: { a: 'b' }, samples: {}, activate: true, engine: null });
  };
  const runJob = async () => {
    const claimed = await claim();
    if (claimed === null) return;
    const { job } = claimed;
    const ref = { job: job.id, attempt: job.attempt };
    if (below(10) === 0) return store.jobs.withdrawOffer(ref);
    const build = job.type === 'workspace_build';
    await store.jobs.accept({ ...ref, daemonId: daemon.id },
      { leaseMs: below(3) === 0 ? 1 : 45000, tokenHash: randomUUID(), openGate: build && below(4) > 0 });
    if (!build) {
      await store.jobs.saveResult(ref, { type: 'template_import', engine, variables: [], outputs: [], readme: null,
        requiredVersion: null, plugins: [], lockFile: null, ignoredBackend: null, plan: null, planSkipped: null });
      await store.jobs.settle(ref, { error: null, state: null, result: true });
      return say({ settled: job.id });
    }
    for (let n = 1; n <= 3; n++) {
      await store.logs.append(ref, [{ n, at: n, phase: 'apply', kind: 'text', source: 'engine', level: 'info', text: 'line ' + n, address: null }]);
      say({ logged: job.id, attempt: ref.attempt, n });
    }
    const state = async serial => ({ ...(await upload('state', JSON.stringify({ serial, pad: 'x'.repeat(below(200_000)) }))), serial, lineage: 'l' });
    if (below(2) === 0) await store.jobs.saveSnapshot(ref, await state(1));
    if (below(5) === 0) await store.jobs.requestCancel(job.id);
    if (below(6) === 0) return store.jobs.notStarted(ref, { daemonId: daemon.id, instance: daemon.instance }, 'r');
    if (below(4) === 0) await store.jobs.reap();
    if (below(4) === 0) return store.jobs.release(job.id, 'owner');
    if (!(await store.jobs.openGate(ref))) return;
    const last = await state(2);
    await store.jobs.settle(ref, { error: null, state: last, result: false });
    say({ settled: job.id, state: last.digest });
  };
  const change = async () => {
    const template = await store.templates.byName(organization.id, 't');
    if (template?.activeVersion == null || below(20) === 0) return importVersion();
    const build = { transition: 'start', versionId: template.activeVersion.id, initiatorId: owner.id, parameters: [],
      orphan: false, acceptIncompleteState: true };
    const { items } = await store.workspaces.list({ visible: { organizations: 'all', ownerId: '' } }, { limit: 50 });
    if (items.length > 0 && below(3) > 0) {
      const { id } = items[below(items.length)];
      const { job } = await store.workspaces.createBuild(id, { ...build, transition: below(5) === 0 ? 'delete' : 'start' });
      return say({ job: job.id });
    }
    const made = await store.workspaces.create({ organizationId: organization.id, ownerId: owner.id, name: randomUUID(),
      templateId: template.id, build });
    say({ workspace: made.id, job: made.latestBuild.job.id });
  };
  const steps = [change, runJob, runJob, () => store.jobs.reap(), () => store.jobs.beat({ leaseMs: 45000 }),
    () => store.maintenance.sweep({ stateBuilds: 2 })];
  const worker = async () => {
    for (;;) {
      await new Promise(setImmediate);
      try {
        await steps[below(steps.length)]();
      } catch (error) {
        if (error.name !== 'BerthError' || error.code === 'unavailable') throw error;
      }
    }
  };
  say({});
  await Promise.all([worker(), worker(), worker()]);`;

/** What the store has acknowledged. */
interface Fact {
  workspace?: string;
  job?: string;
  settled?: string;
  state?: string;
  logged?: string;
  attempt?: number;
  n?: number;
}

/**
 * Kills a process in the middle of its work with the store, again and again, and looks each time whether the database
 * opens, is sound, and holds everything that was acknowledged.
 */
export async function killAndVerify(rounds: number): Promise<void> {
  const facts: Fact[] = [];
  let dataDir = '';
  for (let round = 1; round <= rounds; round++) {
    // A new one now and then: to look at everything takes longer the more there is.
    if (round % 10 === 1) dataDir = tempDir();
    const child = runChild(script, dataDir, [], [String(round)]);
    for (let lines = 1 + ((round * 7919) % 40); lines > 0; lines--) {
      const line = await child.line();
      if (line === null) throw new Error(`the child of round ${round} ended by itself`);
      facts.push(JSON.parse(line));
    }
    child.process.kill('SIGKILL');
    expect(await child.ended).toBe('SIGKILL');
    const store = await openStore({ dataDir });
    try {
      const { problems } = await store.maintenance.verify();
      expect(problems, `round ${round}`).toEqual([]);
      // What was acknowledged long ago was looked at before.
      await expectFacts(store, facts.splice(0));
    } finally {
      await store.close();
    }
  }
}

async function expectFacts(store: Store, facts: readonly Fact[]): Promise<void> {
  for (const { workspace, job, settled, state, logged, attempt, n } of facts) {
    if (workspace !== undefined) expect(await store.workspaces.byId(workspace)).not.toBeNull();
    if (job !== undefined) expect(await store.jobs.byId(job)).not.toBeNull();
    if (settled !== undefined) expect(await store.jobs.byId(settled)).toMatchObject({ finishedAt: expect.any(Number) });
    if (state !== undefined) {
      const hash = createHash('sha256');
      for await (const piece of store.blobs.read({ kind: 'state', digest: state })) hash.update(piece);
      expect(hash.digest('hex')).toBe(state);
    }
    if (logged !== undefined && n !== undefined) {
      const entries = await store.logs.read(logged, 0, 1_000);
      const entry = entries.find(one => one.attempt === attempt && one.entry.n === n)?.entry;
      expect(entry).toMatchObject({ text: `line ${n}` });
    }
  }
}

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { routes, type Workspace } from '@berth/protocol';
import { type Aftermath, inspect } from './aftermath.js';
import { type BuildSpan, endOfBuild, keepBuilding } from './builds.js';
import { coordinatorFaults } from './coordinatorFaults.js';
import { daemonFaults } from './daemonFaults.js';
import type { FaultsDatabase } from './database.js';
import { countedTemplate, Effects } from './effects.js';
import type { Fault } from './faults.js';
import { type Happened, isIn, keepFailing } from './happen.js';
import { leftOut } from './leftOut.js';
import type { FaultsOptions } from './options.js';
import { type Problem, Stuck } from './problem.js';
import { Random } from './random.js';
import { Site } from './site.js';
import type { SmallDisks } from './smallDisks.js';

const program = resolve(import.meta.dirname, '../../../../bin/run.js');

/**
 * Faults happen in lines, beside each other. Those of the coordinator leave it some time to work, or nothing but its
 * absence would be tried.
 */
const beside = [
  { faults: coordinatorFaults, pauseMs: [2_000, 6_000] },
  { faults: daemonFaults, pauseMs: [200, 2_000] },
  { faults: daemonFaults, pauseMs: [200, 2_000] },
  { faults: daemonFaults, pauseMs: [200, 2_000] },
] as const;

/** Longest that the first build of a workspace may take, with nothing failing. */
const FIRST_BUILD_MS = 120_000;

interface FaultsRun {
  options: FaultsOptions;
  /** Of the run's own, empty. */
  folder: string;
  /** Null for SQLite. */
  database: FaultsDatabase | null;
  disks: SmallDisks;
}

export interface FaultsResult extends Aftermath {
  happened: Happened[];
  spans: BuildSpan[];
}

/** What is known while a run goes on. */
interface Course extends FaultsRun {
  site: Site;
  effects: Effects;
  spans: BuildSpan[];
  happened: Happened[];
  say: (text: string) => void;
  found: (problem: Problem) => void;
}

/** Builds workspaces while everything around them fails, lets everything recover, and says what is not as it should be. */
export async function runFaults(run: FaultsRun): Promise<FaultsResult> {
  const { options, folder, database, disks } = run;
  const began = Date.now();
  const say = (text: string) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  const effects = new Effects(join(folder, 'effects'));
  const { daemons, maxJobs, holdSeconds, guardsOff } = options;
  for (let number = 1; number <= daemons; number++) disks.mount(join(folder, `d${number}`));
  disks.mount(join(folder, 'coordinator'));
  const site = await Site.start(folder, {
    ...{ daemons, maxJobs, holdSeconds, guardsOff },
    databaseUrl: database?.url ?? null,
  });
  const [spans, happened, seen]: [BuildSpan[], Happened[], Problem[]] = [[], [], []];
  const enough = new AbortController();
  const found = (problem: Problem) => {
    say(`${problem.kind}: ${problem.workspace}: ${problem.text}`);
    seen.push(problem);
    // To see that something is noticed, once will do.
    if (guardsOff.length > 0) enough.abort();
  };
  const over = new AbortController();
  const watching = Promise.all([site.lookAfter(over.signal), effects.watch(over.signal, found)]);
  try {
    const course = goThrough({ ...run, site, effects, spans, happened, say, found });
    const noticed = once(enough.signal, 'abort').then(() => null);
    const aftermath = await Promise.race([course, noticed]);
    over.abort();
    await watching;
    if (aftermath === null) await site.kill();
    else await site.stop();
    const broken = aftermath === null ? null : await site.checkDatabase();
    if (broken !== null) seen.push({ kind: 'lost', workspace: 'the database', build: null, text: broken });
    const { builds, inFlight, problems } = aftermath ?? { builds: [], inFlight: 0, problems: [] };
    return { builds, inFlight, problems: [...problems, ...seen], happened, spans };
  } catch (error) {
    over.abort();
    await watching;
    await site.kill();
    if (!(error instanceof Stuck)) throw error;
    return { builds: [], inFlight: 0, problems: [error.problem, ...seen], happened, spans };
  }
}

/** Throws Stuck when a build does not end. */
async function goThrough(course: Course): Promise<Aftermath> {
  const { options, database, site, effects, spans, happened, say, found } = course;
  const workspaces = await makeWorkspaces(site, effects, options.workspaces);
  say(`${workspaces.length} workspaces, ${options.daemons} daemons`);
  const awayMs = options.awaySeconds === null ? null : options.awaySeconds * 1000;
  const buildLimitMs = 1000 * options.buildLimitSeconds;
  const stop = new AbortController();
  const building = Promise.all(
    workspaces.map((workspace, index) => {
      const random = new Random(options.seed, `workspace ${index}`);
      const onEnd = (span: BuildSpan) => spans.push(span);
      const { restMs, steady, lines, ballastBytes } = options;
      const ways = { random, stop: stop.signal, onEnd, awayMs, restMs, steady, buildLimitMs };
      const parameters = { lines, ballast: ballastBytes };
      return keepBuilding(site.client, workspace, { ...ways, parameters });
    }),
  );
  let left = options.faults;
  const without = leftOut(meant([...coordinatorFaults, ...daemonFaults], options.only), course);
  for (const [name, reason] of without) if (reason !== null) say(`left out: ${name}: ${reason}`);
  const scene = { site, database, awayMs, holdMs: 1000 * options.holdSeconds, found };
  const failing = Promise.all(
    beside.map(({ faults: all, pauseMs }, index) => {
      const faults = meant(all, options.only).filter(fault => !without.has(fault.name));
      const random = new Random(options.seed, `faults ${index}`);
      const next = () => faults.length > 0 && (left-- > 0 || spans.length < options.builds);
      return keepFailing(
        faults,
        { ...scene, random },
        {
          ...{ pauseMs, next, say },
          ended: () => spans.length,
          onEnd: fault => happened.push(fault),
        },
      );
    }),
  );
  // A builder that throws has found something: there is no use in going on.
  await Promise.race([failing, building]);
  say('no more faults');
  await site.recover();
  stop.abort();
  await building;
  say('every job has ended');
  const met = (span: BuildSpan, what: 'hard' | 'fillsDisk') =>
    happened.some(item => item.fault[what] && isIn(span, item));
  const idsOf = (these: BuildSpan[]) => new Set(these.map(({ build }) => build));
  const marked = {
    hardKilled: idsOf(spans.filter(span => span.canceledTwice || met(span, 'hard'))),
    diskWasFull: idsOf(spans.filter(span => met(span, 'fillsDisk'))),
  };
  return inspect(site.client, workspaces, effects, marked, buildLimitMs);
}

/** Faults by what of their names was given: whole names, else parts of them. What is named comes also without a weight. */
function meant(faults: readonly Fault[], only: readonly string[]): Fault[] {
  if (only.length === 0) return [...faults];
  const whole = new Set([...coordinatorFaults, ...daemonFaults].map(({ name }) => name));
  return faults
    .filter(({ name }) => only.some(text => (whole.has(text) ? name === text : name.includes(text))))
    .map(fault => ({ ...fault, weight: Math.max(1, fault.weight) }));
}

/** Pushes the template and makes the workspaces, with nothing failing yet. */
async function makeWorkspaces({ environment, client }: Site, effects: Effects, count: number): Promise<Workspace[]> {
  const push = ['templates', 'push', 'counted', '--directory', countedTemplate, '--yes'];
  const args = [program, ...push, '--variable', `effects=${effects.folder}`];
  await promisify(execFile)(process.execPath, args, { env: environment });
  const params = { organization: 'default' };
  const { items } = await client.call(routes.listTemplates, { params });
  const template = items[0]?.id ?? '';
  const names = Array.from({ length: count }, (_, index) => `w${index + 1}`);
  return Promise.all(
    names.map(async name => {
      const workspace = await client.call(routes.createWorkspace, { params, body: { name, template } });
      await endOfBuild(client, workspace.latestBuild, FIRST_BUILD_MS);
      return workspace;
    }),
  );
}

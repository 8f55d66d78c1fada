import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { listAll } from '@berth/client';
import { routes, type Workspace } from '@berth/protocol';
import type { Postgres } from '../postgres.js';
import { type Aftermath, inspect } from './aftermath.js';
import { type BuildSpan, keepBuilding } from './builds.js';
import { countedTemplate, Effects } from './effects.js';
import { coordinatorFaults, daemonFaults } from './faults.js';
import { type Happened, isIn, keepFailing } from './happen.js';
import type { FaultsOptions } from './options.js';
import { Random } from './random.js';
import { Site } from './site.js';
import type { SmallDisks } from './smallDisks.js';

const program = resolve(import.meta.dirname, '../../../../bin/run.js');

/**
 * Faults happen in lines, beside each other. Those of the coordinator leave it some time to work, or nothing but its
 * absence would be tried.
 */
const lines = [
  { faults: coordinatorFaults, pauseMs: [3_000, 8_000] },
  { faults: daemonFaults, pauseMs: [200, 3_000] },
  { faults: daemonFaults, pauseMs: [200, 3_000] },
] as const;

interface FaultsRun {
  options: FaultsOptions;
  /** Of the run's own, empty. */
  folder: string;
  postgres: Postgres | null;
  disks: SmallDisks;
}

export interface FaultsResult extends Aftermath {
  happened: Happened[];
  spans: BuildSpan[];
}

/** Builds workspaces while everything around them fails, lets everything recover, and says what is not as it should be. */
export async function runFaults(run: FaultsRun): Promise<FaultsResult> {
  const { options, folder, postgres, disks } = run;
  const began = Date.now();
  const say = (text: string) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  const effects = new Effects(join(folder, 'effects'));
  const { daemons, holdSeconds } = options;
  for (let number = 1; number <= daemons; number++) disks.mount(join(folder, `d${number}`));
  disks.mount(join(folder, 'coordinator'));
  const site = await Site.start(folder, { daemons, holdSeconds, databaseUrl: postgres?.url('faults') ?? null });
  const over = new AbortController();
  const lookingAfter = site.lookAfter(over.signal);
  try {
    const workspaces = await makeWorkspaces(site, effects, options.workspaces);
    say(`${workspaces.length} workspaces, ${options.daemons} daemons`);
    const spans: BuildSpan[] = [];
    const stop = new AbortController();
    const building = Promise.all(
      workspaces.map((workspace, index) => {
        const random = new Random(options.seed, `workspace ${index}`);
        return keepBuilding(site.client, workspace, { random, stop: stop.signal, onEnd: span => spans.push(span) });
      }),
    );
    const happened: Happened[] = [];
    let left = options.faults;
    const has = { postgres: postgres !== null, 'small disks': disks.possible };
    const scene = { site, postgres, awayMs: awayMs(options) };
    const failing = Promise.all(
      lines.map(({ faults: all, pauseMs }, index) => {
        const faults = all.filter(({ name, needs }) => name.includes(options.only) && (!needs || has[needs]));
        const random = new Random(options.seed, `faults ${index}`);
        const next = () => faults.length > 0 && (left-- > 0 || spans.length < options.builds);
        return keepFailing(faults, { ...scene, random }, { pauseMs, next, say, onEnd: fault => happened.push(fault) });
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
    const found = await inspect(site.client, workspaces, effects, {
      hardKilled: idsOf(spans.filter(span => span.canceledTwice || met(span, 'hard'))),
      diskWasFull: idsOf(spans.filter(span => met(span, 'fillsDisk'))),
    });
    over.abort();
    await lookingAfter;
    await site.stop();
    const broken = await site.checkDatabase();
    if (broken !== null) found.problems.push({ kind: 'lost', workspace: 'the database', build: null, text: broken });
    return { ...found, happened, spans };
  } finally {
    over.abort();
    await lookingAfter;
    await site.stop();
  }
}

function awayMs({ awaySeconds }: FaultsOptions): number | null {
  return awaySeconds === null ? null : awaySeconds * 1000;
}

/** Pushes the template and makes the workspaces, with nothing failing yet. */
async function makeWorkspaces(site: Site, effects: Effects, count: number): Promise<Workspace[]> {
  const berth = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, ...args], { env: site.environment });
  await berth(
    'templates',
    'push',
    'counted',
    '--directory',
    countedTemplate,
    '--variable',
    `effects=${effects.folder}`,
    '--yes',
  );
  for (let number = 1; number <= count; number++) await berth('create', `w${number}`, '--template', 'counted', '--yes');
  const workspaces: Workspace[] = [];
  for await (const workspace of listAll(site.client, routes.listWorkspaces, {})) workspaces.push(workspace);
  return workspaces;
}

import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { listAll } from '@berth/client';
import { routes, type Workspace } from '@berth/protocol';
import type { Postgres } from '../postgres.js';
import { inspect } from './aftermath.js';
import { type BuildSpan, keepBuilding } from './builds.js';
import { countedTemplate, Effects } from './effects.js';
import { coordinatorFaults, daemonFaults, type Fault, runFault, type Scene } from './faults.js';
import type { FaultsOptions } from './options.js';
import { Random } from './random.js';
import { Site } from './site.js';
import type { SmallDisks } from './smallDisks.js';

const program = resolve(import.meta.dirname, '../../../../bin/run.js');

interface FaultsRun {
  options: FaultsOptions;
  /** Of the run's own, empty. */
  folder: string;
  postgres: Postgres | null;
  disks: SmallDisks;
}

/** Builds workspaces while everything around them fails, lets everything recover, and says what is not as it should be. */
export async function runFaults(run: FaultsRun): Promise<{ problems: string[]; summary: string }> {
  const { options, folder, postgres, disks } = run;
  const began = Date.now();
  const say = (text: string) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  const effects = new Effects(join(folder, 'effects'));
  for (let number = 1; number <= options.daemons; number++) disks.mount(join(folder, `d${number}`));
  const site = await Site.start(folder, { daemons: options.daemons, databaseUrl: postgres?.url('faults') ?? null });
  const over = new AbortController();
  const lookingAfter = site.lookAfter(over.signal);
  try {
    const workspaces = await makeWorkspaces(site, effects, options.workspaces);
    say(`${workspaces.length} workspaces, ${options.daemons} daemons`);
    const hardKills: { daemon: string; at: number }[] = [];
    const onHardKill: Scene['onHardKill'] = ({ name }) => hardKills.push({ daemon: name, at: Date.now() });
    const scene = { site, postgres, smallDisks: disks.possible, say, onHardKill };
    const spans: BuildSpan[] = [];
    const stop = new AbortController();
    const building = Promise.all(
      workspaces.map((workspace, index) => {
        const random = new Random(options.seed, `workspace ${index}`);
        return keepBuilding(site.client, workspace, { random, stop: stop.signal, onEnd: span => spans.push(span) });
      }),
    );
    const until = Date.now() + options.seconds * 1000;
    const failing = Promise.all([
      keepFailing(coordinatorFaults, { ...scene, random: new Random(options.seed, 'coordinator') }, until),
      keepFailing(daemonFaults, { ...scene, random: new Random(options.seed, 'daemon') }, until),
    ]);
    // A builder that throws has found something: there is no use in going on.
    await Promise.race([failing, building]);
    await failing;
    say('no more faults');
    await site.recover();
    stop.abort();
    await building;
    say('every job has ended');
    const hardKilled = spans.filter(({ daemon, from, to }) =>
      hardKills.some(kill => kill.daemon === daemon && kill.at >= from && kill.at <= to),
    );
    const { builds, problems, inFlight } = await inspect(
      site.client,
      workspaces,
      effects,
      new Set(hardKilled.map(({ build }) => build)),
    );
    const ended = ['succeeded', 'failed', 'canceled'].map(
      status => `${builds.filter(build => build.status === status).length} ${status}`,
    );
    const flying = `${inFlight} objects were in flight when their maker was killed`;
    return {
      problems,
      summary: `${builds.length} builds: ${ended.join(', ')}; ${flying}; ${problems.length} problems`,
    };
  } finally {
    over.abort();
    await lookingAfter;
    await site.stop();
  }
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

async function keepFailing(faults: readonly Fault[], scene: Scene, until: number): Promise<void> {
  while (Date.now() < until) {
    await delay(scene.random.between(300, 3_000));
    await runFault(faults, scene);
  }
}

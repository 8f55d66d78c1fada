import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@berth/client';
import { BerthError, type Build, routes, type Workspace } from '@berth/protocol';
import type { Random } from './random.js';

/** How often a build is looked at. */
const LOOK_MS = 250;

/** Errors that say: later. Everything else from a coordinator is an answer. */
const passing = new Set(['unreachable', 'unavailable', 'internal', 'too_many_requests']);

/** Calls until there is an answer; a coordinator that is away for long fails the run by its own limit. */
export async function insist<T>(call: () => Promise<T>, limitMs = 180_000): Promise<T> {
  const until = Date.now() + limitMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof BerthError) || !passing.has(error.code) || Date.now() > until) throw error;
      await delay(LOOK_MS);
    }
  }
}

type Transition = Build['transition'];

/**
 * Begins a build. The answer to the request may be lost although the build was made: then the newest build is it.
 */
export async function beginBuild(
  client: Client,
  workspace: string,
  transition: Transition,
  generation: number,
): Promise<Build> {
  const before = await latestBuild(client, workspace);
  return insist(async () => {
    try {
      return await client.call(routes.createBuild, {
        params: { workspace },
        // What went wrong is what is looked for; whether to go on is not this run's question.
        body: { transition, parameters: { generation }, acceptIncompleteState: true },
      });
    } catch (error) {
      if (!(error instanceof BerthError) || error.code !== 'build_active') throw error;
      const latest = await latestBuild(client, workspace);
      if (latest.number > before.number) return latest;
      throw error;
    }
  });
}

async function latestBuild(client: Client, workspace: string): Promise<Build> {
  const { latestBuild: build } = await insist(() => client.call(routes.getWorkspace, { params: { workspace } }));
  return build;
}

/** Waits until a build has ended. */
export async function endOfBuild(client: Client, build: Build, limitMs: number): Promise<Build> {
  const params = { workspace: build.workspace.id, number: build.number };
  for (const until = Date.now() + limitMs; Date.now() < until; await delay(LOOK_MS)) {
    const now = await insist(() => client.call(routes.getBuild, { params }));
    if (now.job.finishedAt !== null) return now;
  }
  throw new Error(`${build.workspace.name} build ${build.number} did not end within ${limitMs / 1000} s`);
}

/** Longest that a build may take: a lost attempt is given up after two minutes, and others may wait before it. */
export const BUILD_LIMIT_MS = 300_000;

/** When a build was seen to be under way, on our clock: the coordinator's is set wrong now and then. */
export interface BuildSpan {
  /** Its id. */
  build: string;
  workspace: string;
  number: number;
  /** Name of the daemon of its last attempt. */
  daemon: string | null;
  from: number;
  to: number;
  /** It was canceled twice, which ends what is being made the hard way. */
  canceledTwice: boolean;
}

/** Builds of one workspace, one after the other, in random transitions, some canceled, until it is told to stop. */
export async function keepBuilding(
  client: Client,
  workspace: Workspace,
  options: { random: Random; stop: AbortSignal; onEnd: (span: BuildSpan) => void },
): Promise<void> {
  const { random, stop, onEnd } = options;
  let generation = 0;
  while (!stop.aborted) {
    if (random.chance(60)) generation++;
    const from = Date.now();
    const build = await beginBuild(client, workspace.id, random.chance(65) ? 'start' : 'stop', generation);
    const canceling = random.chance(12) ? cancelSoon(client, build, random) : null;
    const { job } = await endOfBuild(client, build, BUILD_LIMIT_MS);
    const canceledTwice = (await canceling) === 2;
    const { id, number } = build;
    const daemon = job.daemon?.name ?? null;
    onEnd({ build: id, workspace: workspace.name, number, daemon, from, to: Date.now(), canceledTwice });
    await delay(random.between(0, 500));
  }
}

/** Gives how often it asked. */
async function cancelSoon(client: Client, build: Build, random: Random): Promise<number> {
  const times = random.chance(25) ? 2 : 1;
  for (let time = 0; time < times; time++) {
    await delay(random.between(0, 1_500));
    try {
      await insist(() => client.call(routes.cancelJob, { params: { job: build.job.id } }));
    } catch (error) {
      // It had ended already.
      if (!(error instanceof BerthError) || error.code !== 'illegal_transition') throw error;
    }
  }
  return times;
}

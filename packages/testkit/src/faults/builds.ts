import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@berth/client';
import { BerthError, type Build, routes, type Workspace } from '@berth/protocol';
import { Stuck } from './problem.js';
import type { Random } from './random.js';

/** How often a build is looked at. */
const LOOK_MS = 250;

/** Errors that say: later. Everything else from a coordinator is an answer. */
const passing = new Set(['unreachable', 'unavailable', 'internal', 'too_many_requests']);

/** Longest that a coordinator may give no answer while nothing keeps it away for a given time. */
const ANSWER_LIMIT_MS = 180_000;

/** Calls until there is an answer; a coordinator that is away for longer fails the run. */
export async function insist<T>(call: () => Promise<T>, limitMs = ANSWER_LIMIT_MS): Promise<T> {
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

/** Parameters of the counted template, which says what they are. */
interface BuildParameters {
  generation: number;
  lines: number;
  ballast: number;
}

/**
 * Begins a build. The answer to the request may be lost although the build was made: then the newest build is it.
 */
export async function beginBuild(
  client: Client,
  workspace: string,
  transition: Transition,
  parameters: BuildParameters,
  limitMs = ANSWER_LIMIT_MS,
): Promise<Build> {
  const before = await latestBuild(client, workspace, limitMs);
  return insist(async () => {
    try {
      return await client.call(routes.createBuild, {
        params: { workspace },
        // What went wrong is what is looked for; whether to go on is not this run's question.
        body: { transition, parameters: { ...parameters }, acceptIncompleteState: true },
      });
    } catch (error) {
      if (!(error instanceof BerthError) || error.code !== 'build_active') throw error;
      const latest = await latestBuild(client, workspace, limitMs);
      if (latest.number > before.number) return latest;
      throw error;
    }
  }, limitMs);
}

async function latestBuild(client: Client, workspace: string, limitMs: number): Promise<Build> {
  const { latestBuild: build } = await insist(
    () => client.call(routes.getWorkspace, { params: { workspace } }),
    limitMs,
  );
  return build;
}

/**
 * Waits until a build has ended. Throws Stuck when it does not.
 *
 * @param mayWait whether it may wait for longer: the limit counts from when it may not
 */
export async function endOfBuild(
  client: Client,
  build: Build,
  limitMs: number,
  mayWait: () => boolean = () => false,
): Promise<Build> {
  const params = { workspace: build.workspace.id, number: build.number };
  for (let until = Date.now() + limitMs; Date.now() < until; await delay(LOOK_MS)) {
    const now = await insist(() => client.call(routes.getBuild, { params }), limitMs);
    if (now.job.finishedAt !== null) return now;
    if (mayWait()) until = Date.now() + limitMs;
  }
  const { workspace, number } = build;
  const text = `did not end within ${limitMs / 1000} s`;
  throw new Stuck({ kind: 'stuck', workspace: workspace.name, build: number, text });
}

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
  options: {
    random: Random;
    stop: AbortSignal;
    /** For how long the faults keep the coordinator away; null for seconds. */
    awayMs: number | null;
    /** Longest that a build may take once it is told to stop, but for that time. */
    buildLimitMs: number;
    parameters: Omit<BuildParameters, 'generation'>;
    /** Every build makes the same objects anew, and none is canceled. */
    steady: boolean;
    /** Shortest pause between two builds. */
    restMs: number;
    onEnd: (span: BuildSpan) => void;
  },
): Promise<void> {
  const { random, stop, onEnd, steady } = options;
  // One outage may follow another closely.
  const longerMs = 2 * (options.awayMs ?? 0);
  const answerMs = ANSWER_LIMIT_MS + longerMs;
  let generation = 0;
  while (!stop.aborted) {
    if (steady || random.chance(60)) generation++;
    const from = Date.now();
    const build = await beginBuild(
      client,
      workspace.id,
      steady || random.chance(65) ? 'start' : 'stop',
      { generation, ...options.parameters },
      answerMs,
    );
    const canceling = !steady && random.chance(12) ? cancelSoon(client, build, random, answerMs) : null;
    const { job } = await endOfBuild(client, build, options.buildLimitMs + longerMs, () => !stop.aborted);
    const canceledTwice = (await canceling) === 2;
    const { id, number } = build;
    const daemon = job.daemon?.name ?? null;
    onEnd({ build: id, workspace: workspace.name, number, daemon, from, to: Date.now(), canceledTwice });
    await delay(options.restMs + random.between(0, 500));
  }
}

/** Gives how often it asked. */
async function cancelSoon(client: Client, build: Build, random: Random, limitMs: number): Promise<number> {
  const times = random.chance(25) ? 2 : 1;
  for (let time = 0; time < times; time++) {
    await delay(random.between(0, 1_500));
    try {
      await insist(() => client.call(routes.cancelJob, { params: { job: build.job.id } }), limitMs);
    } catch (error) {
      // It had ended already.
      if (!(error instanceof BerthError) || error.code !== 'illegal_transition') throw error;
    }
  }
  return times;
}

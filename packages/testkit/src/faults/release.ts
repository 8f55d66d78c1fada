import { setTimeout as delay } from 'node:timers/promises';
import { type Client, listAll } from '@berth/client';
import { BerthError, type Job, routes, type Workspace } from '@berth/protocol';
import { insist } from './builds.js';

const LOOK_MS = 200;

/** Longest that a build of a silent daemon is waited for to be unreachable: a lease, and what a busy machine adds. */
const UNREACHABLE_LIMIT_MS = 120_000;

/** Ids of the jobs of the newest builds. */
export async function latestJobs(client: Client): Promise<Set<string>> {
  return new Set((await workspacesOf(client)).map(({ latestBuild }) => latestBuild.job.id));
}

/**
 * Waits for a daemon to be at work on a build that may change something, and gives its name.
 *
 * @param before jobs that are not meant
 */
export async function awaitBuild(client: Client, before: ReadonlySet<string>): Promise<string | null> {
  const found = await awaitJob(client, ({ id, phase, finishedAt }) => {
    return phase === 'apply' && finishedAt === null && !before.has(id);
  });
  return found?.daemon?.name ?? null;
}

/** Waits for a workspace to have nothing under way. */
export async function awaitRest(client: Client): Promise<void> {
  await awaitJob(client, ({ finishedAt }) => finishedAt !== null);
}

/** Waits for a build to be offered a second time. */
export async function awaitSecondAttempt(client: Client): Promise<void> {
  await awaitJob(client, ({ attempt, finishedAt }) => attempt > 1 && finishedAt === null);
}

/** The job of the newest build of a workspace that is as wanted; null when there was none for a long time. */
async function awaitJob(client: Client, isWanted: (job: Job) => boolean): Promise<Job | null> {
  for (const until = Date.now() + UNREACHABLE_LIMIT_MS; Date.now() < until; await delay(LOOK_MS)) {
    const jobs = (await workspacesOf(client)).map(({ latestBuild }) => latestBuild.job);
    const one = jobs.find(isWanted);
    if (one !== undefined) return one;
  }
  return null;
}

/**
 * Gives up the builds of a daemon that does not answer, as soon as they are unreachable, and waits until each of their
 * workspaces has had a later build.
 */
export async function releaseBuilds(client: Client, daemon: string): Promise<void> {
  const released: Workspace[] = [];
  for (const until = Date.now() + UNREACHABLE_LIMIT_MS; Date.now() < until; await delay(LOOK_MS)) {
    const held = await buildsAt(client, daemon);
    if (held.length === 0) break;
    for (const workspace of held) if (await release(client, workspace)) released.push(workspace);
  }
  for (const until = Date.now() + UNREACHABLE_LIMIT_MS; Date.now() < until; await delay(LOOK_MS)) {
    const now = await workspacesOf(client);
    const hasLater = ({ id, latestBuild: { number } }: Workspace) =>
      now.some(
        ({ id: same, latestBuild: later }) => same === id && later.number > number && later.job.finishedAt !== null,
      );
    if (released.every(hasLater)) return;
  }
}

async function release(client: Client, { id }: Workspace): Promise<boolean> {
  try {
    await insist(() => client.call(routes.releaseWorkspace, { params: { workspace: id } }));
    return true;
  } catch (error) {
    // It is not unreachable yet.
    if (error instanceof BerthError && error.code === 'illegal_transition') return false;
    throw error;
  }
}

/** Workspaces whose build a daemon holds. */
async function buildsAt(client: Client, daemon: string): Promise<Workspace[]> {
  const all = await workspacesOf(client);
  return all.filter(({ latestBuild: { job } }) => job.daemon?.name === daemon && job.finishedAt === null);
}

async function workspacesOf(client: Client): Promise<Workspace[]> {
  return insist(async () => {
    const workspaces: Workspace[] = [];
    for await (const workspace of listAll(client, routes.listWorkspaces, {})) workspaces.push(workspace);
    return workspaces;
  });
}

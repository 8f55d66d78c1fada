import { setTimeout as delay } from 'node:timers/promises';
import { type Client, listAll } from '@berth/client';
import { BerthError, routes, type Workspace } from '@berth/protocol';
import { insist } from './builds.js';

const LOOK_MS = 200;

/** Longest that a build of a silent daemon is waited for to be unreachable: a lease, and what a busy machine adds. */
const UNREACHABLE_LIMIT_MS = 120_000;

/** Waits for a daemon to be at work on a build that may change something, and gives its name. */
export async function awaitBuild(client: Client): Promise<string | null> {
  for (const until = Date.now() + UNREACHABLE_LIMIT_MS; Date.now() < until; await delay(LOOK_MS)) {
    const builds = (await workspacesOf(client)).map(({ latestBuild }) => latestBuild.job);
    const one = builds.find(({ phase, finishedAt }) => phase === 'apply' && finishedAt === null);
    if (one?.daemon) return one.daemon.name;
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

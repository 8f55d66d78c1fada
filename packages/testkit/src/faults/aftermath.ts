import { type Client, listAll } from '@berth/client';
import { type Build, routes, type Workspace } from '@berth/protocol';
import { beginBuild, endOfBuild } from './builds.js';
import { type Effects, SLOTS } from './effects.js';
import { readLog } from './logCheck.js';
import type { Problem } from './problem.js';
import { ownedBy } from './states.js';
import { type EndedBuild, judge, type Owned, type Verdict } from './verdict.js';

export interface Aftermath extends Verdict {
  builds: EndedBuild[];
}

/**
 * With everything well again: each workspace can be started, and then runs with all of its objects; what is outside, and
 * what the logs say, is as it should be; and deleting the workspaces leaves nothing that they own.
 *
 * @param marked ids of the builds in which something was killed that may have been making an object, and of those whose
 *   daemon's disk was full
 */
export async function inspect(
  client: Client,
  workspaces: readonly Workspace[],
  effects: Effects,
  marked: { hardKilled: ReadonlySet<string>; diskWasFull: ReadonlySet<string> },
  buildLimitMs: number,
): Promise<Aftermath> {
  const problems: Problem[] = [];
  const finish = async (workspace: Workspace, transition: 'start' | 'delete') => {
    const build = await endOfBuild(
      client,
      await beginBuild(client, workspace.id, transition, { generation: 0, lines: 40, ballast: 1 }),
      buildLimitMs,
    );
    const { status, error } = build.job;
    if (status === 'succeeded') return;
    const text = `${transition} ${status}: ${error?.message}`;
    problems.push({ kind: 'stuck', workspace: workspace.name, build: build.number, text });
  };
  await Promise.all(workspaces.map(workspace => finish(workspace, 'start')));

  const builds: EndedBuild[] = [];
  const owned = new Map<string, Owned>();
  const live = effects.live();
  for (const workspace of workspaces) {
    const own = await buildsOf(client, workspace);
    for (const build of own) {
      const { id, status } = build.job;
      const log = await readLog(client, id);
      builds.push({
        workspace: workspace.name,
        number: build.number,
        status,
        hardKilled: marked.hardKilled.has(build.id),
        diskWasFull: marked.diskWasFull.has(build.id),
        log,
      });
    }
    const states = await ownedBy(client, workspace.id);
    const { present } = states;
    owned.set(workspace.name, states);
    for (const text of states.broken) problems.push({ kind: 'lost', workspace: workspace.name, build: null, text });
    const there = live.filter(({ id }) => present.has(id)).length;
    if (there === SLOTS) continue;
    const text = `runs with ${there} of ${SLOTS} objects`;
    problems.push({ kind: there < SLOTS ? 'lost' : 'doubled', workspace: workspace.name, build: null, text });
  }
  const verdict = judge(live, owned, builds);
  problems.push(...verdict.problems);

  await Promise.all(workspaces.map(workspace => finish(workspace, 'delete')));
  for (const workspace of workspaces) {
    const left = effects.live().filter(({ id }) => owned.get(workspace.name)?.present.has(id)).length;
    if (left === 0) continue;
    problems.push({
      kind: 'orphaned',
      workspace: workspace.name,
      build: null,
      text: `deleted, and left ${left} objects`,
    });
  }
  return { builds, problems, inFlight: verdict.inFlight };
}

/** Newest first. */
async function buildsOf(client: Client, workspace: Workspace): Promise<Build[]> {
  const builds: Build[] = [];
  const params = { workspace: workspace.id };
  for await (const build of listAll(client, routes.listBuilds, { params })) builds.push(build);
  return builds;
}

import type { Client } from '@berth/client';
import { type Build, routes, type Workspace } from '@berth/protocol';
import { Args } from '@oclif/core';
import type { z } from 'zod';
import { detachFlag, FollowingCommand, yesFlag } from './followingCommand.js';

export const workspaceArg = Args.string({
  description: 'The workspace: NAME of your own, or OWNER/NAME',
  required: true,
  ignoreStdin: true,
});

/** Flags of every command that makes a build. */
export const buildFlags = { detach: detachFlag, yes: yesFlag };

/** What a command that made a build returns: the workspace and its build as they are in the end. */
export interface BuildResult {
  workspace: Workspace;
  build: Build;
}

/** Base of the commands that make a build of a workspace and follow it. */
export abstract class BuildCommand extends FollowingCommand {
  static override enableJsonFlag = true;

  /**
   * Follows the workspace's newest build to its end and says what it came to; with `detach` it only says how to follow.
   *
   * @param reference the workspace as its user names it
   */
  protected async followBuild(
    client: Client,
    workspace: Workspace,
    build: Build,
    reference: string,
    flags: { detach: boolean },
  ): Promise<BuildResult> {
    const { buildQueued, buildEnded } = await import('./show/buildText.js');
    const comeBack = `${this.config.bin} logs ${reference} --follow`;
    if (flags.detach) {
      this.tell(buildQueued(build, reference, comeBack));
      return { workspace, build };
    }
    const title = `Build ${build.number} of ${reference} (${build.transition})`;
    const ended = await this.follow(client, build.job, { title, what: 'the build', comeBack });
    if (ended === null) return { workspace, build };
    const { jobResult } = await import('./follow/jobResult.js');
    for (const line of jobResult(ended, this.errColours)) this.tell(line);
    this.tell(buildEnded(build, ended.job, reference, this.errColours));
    const [newWorkspace, newBuild] = await Promise.all([
      client.call(routes.getWorkspace, { params: { workspace: workspace.id } }),
      client.call(routes.getBuild, { params: { workspace: workspace.id, number: build.number } }),
    ]);
    if (build.transition === 'start' && ended.job.status === 'succeeded') await this.#printOutputs(client, newBuild);
    return { workspace: newWorkspace, build: newBuild };
  }

  /** Makes a build of a transition and follows it. */
  protected async build(
    client: Client,
    workspace: Workspace,
    reference: string,
    flags: { detach: boolean },
    body: z.input<typeof routes.createBuild.body>,
  ): Promise<BuildResult> {
    const build = await client.call(routes.createBuild, { params: { workspace: workspace.id }, body });
    return this.followBuild(client, workspace, build, reference, flags);
  }

  async #printOutputs(client: Client, build: Build): Promise<void> {
    const { outputLines } = await import('./show/outputLines.js');
    const params = { workspace: build.workspace.id, number: build.number };
    const { outputs } = await client.call(routes.buildResources, { params });
    for (const line of outputLines(outputs, this.colours)) this.print(line);
  }
}

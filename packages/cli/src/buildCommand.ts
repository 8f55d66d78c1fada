import type { Client } from '@berth/client';
import { BerthError, type Build, type ParameterValues, routes, type Workspace } from '@berth/protocol';
import { Args, Flags } from '@oclif/core';
import type { z } from 'zod';
import type { ParameterFlags } from './flags/parameters.js';
import { detachFlag, FollowingCommand, yesFlag } from './followingCommand.js';

export const workspaceArg = Args.string({
  description: 'The workspace: NAME of your own, or OWNER/NAME',
  required: true,
  ignoreStdin: true,
});

/** Flag of the commands that make or remove things, for a workspace whose state may not name all that it has. */
export const incompleteFlag = {
  'yes-incomplete-state': Flags.boolean({ summary: 'Go on although the state may be incomplete' }),
};

/** Flags of every command that makes a build. */
export const buildFlags = { detach: detachFlag, yes: yesFlag };

/** What is asked of a build. */
export type BuildBody = Omit<z.input<typeof routes.createBuild.body>, 'parameters'> & { parameters?: ParameterValues };

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

  /**
   * Makes a build of a transition and follows it. On a terminal it asks for the parameters that the coordinator finds
   * missing, and, where the state may be incomplete, whether to go on, unless --yes-incomplete-state says yes before.
   */
  protected async build(
    client: Client,
    workspace: Workspace,
    reference: string,
    flags: { detach: boolean; 'yes-incomplete-state'?: boolean },
    body: BuildBody,
  ): Promise<BuildResult> {
    const make = (acceptIncompleteState: boolean) => {
      const params = { workspace: workspace.id };
      return this.withParameters(client, workspace, body, parameters =>
        client.call(routes.createBuild, { params, body: { ...body, parameters, acceptIncompleteState } }),
      );
    };
    const build = await make(flags['yes-incomplete-state'] ?? false).catch(async error => {
      const asks = error instanceof BerthError && error.code === 'state_incomplete' && this.interactive;
      if (!asks || !(await this.#goOnIncomplete(error.message))) throw error;
      return make(true);
    });
    return this.followBuild(client, workspace, build, reference, flags);
  }

  /** The values that the flags give to a build of a version: that of the newest build unless named. */
  protected async parametersOf(
    client: Client,
    workspace: Workspace,
    flags: ParameterFlags,
    version = workspace.latestBuild.version.id,
  ): Promise<ParameterValues> {
    if (flags.parameter === undefined && flags['parameters-file'] === undefined) return {};
    const [{ findOpenVariables }, { givenParameters }] = await Promise.all([
      import('./lookups/parameters.js'),
      import('./parameters/givenParameters.js'),
    ]);
    const open = await findOpenVariables(client, version);
    return givenParameters(flags, open, workspace.latestBuild.parameters);
  }

  /** Makes a request that takes parameters; on a terminal, asks for those that are missing or fit no more. */
  protected async withParameters<T>(
    client: Client,
    workspace: Workspace,
    body: BuildBody,
    request: (parameters: ParameterValues) => Promise<T>,
  ): Promise<T> {
    const given = body.parameters ?? {};
    if (!this.interactive) return request(given);
    const [{ findOpenVariables }, { askForProblems }] = await Promise.all([
      import('./lookups/parameters.js'),
      import('./parameters/askForProblems.js'),
    ]);
    const declared = () => findOpenVariables(client, body.version ?? workspace.latestBuild.version.id);
    return askForProblems(given, text => this.tell(text), declared, request);
  }

  async #goOnIncomplete(why: string): Promise<boolean> {
    const [{ confirm }, { printable }] = await Promise.all([import('./ask/ask.js'), import('./output/printable.js')]);
    this.tell(`${this.errColours.yellow('Warning:')} ${printable(why)}`);
    this.tell('  What its state does not name may be made a second time, or stay behind.');
    return confirm('Go on from this state?', false);
  }

  async #printOutputs(client: Client, build: Build): Promise<void> {
    const { outputLines } = await import('./show/outputLines.js');
    const params = { workspace: build.workspace.id, number: build.number };
    const { outputs } = await client.call(routes.buildResources, { params });
    for (const line of outputLines(outputs, this.colours)) this.print(line);
  }
}

import type { Client } from '@berth/client';
import { BerthError, type DryRun, type ParameterValues, routes, type Workspace } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { type BuildBody, BuildCommand, type BuildResult } from './buildCommand.js';

/** Flag of the commands whose build may replace what a stop leaves. */
export const noPlanFlag = {
  'no-plan': Flags.boolean({ summary: 'Do not look first whether something would be lost that a stop leaves' }),
};

/** The same, for those that can only look, too. */
export const planFlags = {
  plan: Flags.boolean({ summary: 'Only say what would change', exclusive: ['no-plan', 'detach'] }),
  ...noPlanFlag,
};

interface Flagged {
  plan: boolean;
  'no-plan': boolean;
  yes: boolean;
  detach: boolean;
  'yes-incomplete-state'?: boolean;
}

/**
 * Base of the commands that can change what a workspace is made of. Where version or parameters change, a plan is looked
 * at first: what would be replaced or destroyed although a stop leaves it, such as a volume, is agreed to before.
 */
export abstract class PlannedCommand extends BuildCommand {
  /** Builds as {@link BuildCommand.build}, after the look; null where the user said no. With `--plan` only the look. */
  protected async buildAsPlanned(
    client: Client,
    workspace: Workspace,
    reference: string,
    flags: Flagged,
    body: BuildBody,
  ): Promise<BuildResult | DryRun | null> {
    if (flags.plan) return (await this.#planOf(client, workspace, reference, body))?.dryRun ?? null;
    const agreed = await this.lookFirst(client, workspace, reference, flags, body);
    return agreed === null ? null : this.build(client, workspace, reference, flags, agreed);
  }

  /**
   * Looks whether a build would lose what a stop leaves, unless it can lose nothing or `--no-plan` says not to.
   *
   * @returns what to build, with the parameters that were asked for meanwhile; null where it is not to be built
   * @throws BerthError `confirmation_needed` where nobody can be asked and `--yes` does not say so
   */
  protected async lookFirst(
    client: Client,
    workspace: Workspace,
    reference: string,
    flags: Pick<Flagged, 'no-plan' | 'yes'>,
    body: BuildBody,
  ): Promise<BuildBody | null> {
    if (flags['no-plan'] || !changesSomething(workspace, body)) return body;
    this.tell('Looking first what this would change (--no-plan does without).');
    const planned = await this.#planOf(client, workspace, reference, body, true);
    if (planned === null || !(await this.#agreed(planned.dryRun, reference, flags.yes))) return null;
    return { ...body, parameters: planned.parameters };
  }

  /**
   * Follows a dry run to its end.
   *
   * @param show prints the plan: it is what was asked for
   * @returns null when it failed, which was said, or the user left
   */
  protected async followPlan(client: Client, { job }: DryRun, title: string, show: boolean): Promise<DryRun | null> {
    const comeBack = `${this.config.bin} logs --job ${job.id} --follow`;
    const ended = await this.follow(client, job, { title, what: 'the plan', comeBack });
    if (ended === null) return null;
    const { jobResult } = await import('./follow/jobResult.js');
    for (const line of jobResult(ended, this.errColours)) this.tell(line);
    if (ended.job.status !== 'succeeded') {
      this.tell(
        this.errColours.red(ended.job.status === 'canceled' ? '✗ The plan was canceled.' : '✗ The plan failed.'),
      );
      return null;
    }
    const dryRun = await client.call(routes.getDryRun, { params: { job: job.id } });
    if (!show) return dryRun;
    const { planText } = await import('./show/planText.js');
    this.print(planText(dryRun, this.colours));
    return dryRun;
  }

  /** Null when the plan failed or the user left. */
  async #planOf(
    client: Client,
    workspace: Workspace,
    reference: string,
    body: BuildBody,
    before = false,
  ): Promise<{ dryRun: DryRun; parameters: ParameterValues } | null> {
    let parameters: ParameterValues = {};
    const made = await this.withParameters(client, workspace, body, values => {
      parameters = values;
      const { version = null, reset = [] } = body;
      const params = { workspace: workspace.id };
      return client.call(routes.planWorkspace, { params, body: { version, reset, parameters } });
    });
    const dryRun = await this.followPlan(client, made, `Plan of ${reference}`, !before);
    if (dryRun === null && before) this.tell("  Nothing was changed. To build without the look: '--no-plan'.");
    return dryRun === null ? null : { dryRun, parameters };
  }

  async #agreed(dryRun: DryRun, reference: string, yes: boolean): Promise<boolean> {
    const { changeLines, losses } = await import('./show/planText.js');
    const lost = losses(dryRun);
    if (lost.length === 0) return true;
    this.tell(`${this.errColours.yellow('Warning:')} a stop of ${reference} leaves these, and this would not:`);
    for (const line of lost.flatMap(change => changeLines(change, this.errColours))) this.tell(`  ${line}`);
    if (yes) return true;
    if (!this.interactive) {
      const names = lost.map(change => change.address).join(', ');
      throw new BerthError(
        'confirmation_needed',
        `what ${names} ${lost.length === 1 ? 'holds' : 'hold'} would be lost`,
        {
          hint: "Nothing was changed. '--yes' goes on all the same, '--plan' shows every change.",
        },
      );
    }
    const { confirm } = await import('./ask/ask.js');
    const agreed = await confirm('Go on all the same?', false);
    if (!agreed) this.tell('Nothing was changed.');
    return agreed;
  }
}

/** A first build has nothing to lose, and one as the one before makes nothing else. */
function changesSomething(workspace: Workspace, { version, parameters, reset }: BuildBody): boolean {
  const { latestBuild } = workspace;
  if (latestBuild.stateSerial === null) return false;
  const newVersion = version != null && version !== latestBuild.version.id;
  return newVersion || Object.keys(parameters ?? {}).length > 0 || (reset ?? []).length > 0;
}

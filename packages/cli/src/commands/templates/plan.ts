import type { Client } from '@berth/client';
import {
  BerthError,
  type DryRun,
  openVariables,
  type ParameterValues,
  routes,
  type TemplateVersion,
  type Workspace,
} from '@berth/protocol';
import { Args, Flags } from '@oclif/core';
import { organizationFlag } from '../../flags/organization.js';
import { type ParameterFlags, parameterFlags } from '../../flags/parameters.js';
import { PlannedCommand } from '../../plannedCommand.js';
import { type DraftFlags, draftFlags } from '../../push/draftFlags.js';

export default class TemplatesPlan extends PlannedCommand {
  static override summary = 'Say what a version of a template would make or change, without doing it';
  static override description =
    'It plans the first start of a new workspace, or with --workspace an update of that one, on its state and with its parameters.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> scratch --parameter size=3',
    '<%= config.bin %> <%= command.id %> scratch --version v2 --workspace dev',
    'A folder, before it is pushed:\n<%= config.bin %> <%= command.id %> --directory ./scratch --workspace dev',
  ];
  static override args = {
    template: Args.string({ description: 'Name of the template; needed without --directory', ignoreStdin: true }),
  };
  static override flags = {
    version: Flags.string({
      summary: 'Version of the template; the active one unless given',
      helpValue: 'VERSION',
      exclusive: ['directory'],
    }),
    workspace: Flags.string({ char: 'w', summary: 'Plan an update of this workspace', helpValue: 'WORKSPACE' }),
    ...parameterFlags,
    ...draftFlags,
    org: organizationFlag,
  };

  async run(): Promise<DryRun | null> {
    const { args, flags } = await this.parse(TemplatesPlan);
    const client = await this.client(flags);
    const workspace = flags.workspace === undefined ? null : await this.#workspace(client, flags.workspace);
    const version =
      flags.directory === undefined
        ? await this.#version(client, args.template ?? workspace?.template.name, flags)
        : await this.#draft(client, args.template ?? workspace?.template.name, {
            ...flags,
            directory: flags.directory,
          });
    if (version === null) return null;
    const made =
      workspace === null
        ? await this.#planNew(client, version, flags)
        : await this.#planUpdate(client, version, workspace, flags);
    const what = flags.directory ?? `${version.template.name} ${version.name}`;
    return this.followPlan(client, made, `Plan of ${what}`, true);
  }

  async #workspace(client: Client, reference: string): Promise<Workspace> {
    const { findWorkspace } = await import('../../lookups/workspaces.js');
    return findWorkspace(client, reference);
  }

  async #version(
    client: Client,
    template: string | undefined,
    flags: { org: string | undefined; version: string | undefined },
  ): Promise<TemplateVersion> {
    if (template === undefined) {
      throw new BerthError('invalid_request', 'name a template, or a folder with --directory');
    }
    const [{ findOrganization }, { findTemplate, findVersion }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../lookups/templates.js'),
    ]);
    const organization = await findOrganization(client, flags.org);
    return findVersion(client, await findTemplate(client, organization, template), flags.version);
  }

  /** Imports a folder for this plan alone; null when that failed, which was said, or the user left. */
  async #draft(
    client: Client,
    template: string | undefined,
    flags: DraftFlags & { directory: string; org: string | undefined },
  ): Promise<TemplateVersion | null> {
    const [{ pushDraft }, { findOrganization }] = await Promise.all([
      import('../../push/pushDraft.js'),
      import('../../lookups/organizations.js'),
    ]);
    const organization = await findOrganization(client, flags.org);
    const version = await pushDraft(client, { organization, template }, flags, text => this.tell(text));
    const comeBack = `${this.config.bin} logs --job ${version.job.id} --follow`;
    const title = `Import of ${flags.directory}`;
    const ended = await this.follow(client, version.job, { title, what: 'the import', comeBack });
    if (ended === null) return null;
    const { jobResult } = await import('../../follow/jobResult.js');
    for (const line of jobResult(ended, this.errColours)) this.tell(line);
    if (ended.job.status === 'succeeded') return client.call(routes.getVersion, { params: { version: version.id } });
    this.tell(this.errColours.red('✗ The folder cannot be imported, so there is no plan.'));
    return null;
  }

  async #planNew(client: Client, version: TemplateVersion, flags: ParameterFlags): Promise<DryRun> {
    const [{ givenParameters }, { askForProblems }] = await Promise.all([
      import('../../parameters/givenParameters.js'),
      import('../../parameters/askForProblems.js'),
    ]);
    const open = openVariables(version.variables ?? [], version.pinned);
    const given = await givenParameters(flags, open);
    const plan = (parameters: ParameterValues) =>
      client.call(routes.planVersion, { params: { version: version.id }, body: { parameters } });
    if (!this.interactive) return plan(given);
    return askForProblems(
      given,
      text => this.tell(text),
      async () => open,
      plan,
    );
  }

  async #planUpdate(
    client: Client,
    version: TemplateVersion,
    workspace: Workspace,
    flags: ParameterFlags,
  ): Promise<DryRun> {
    const body = {
      transition: 'start' as const,
      version: version.id,
      parameters: await this.parametersOf(client, workspace, flags, version.id),
    };
    const params = { workspace: workspace.id };
    return this.withParameters(client, workspace, body, parameters =>
      client.call(routes.planWorkspace, { params, body: { version: version.id, parameters } }),
    );
  }
}

import { openVariables, type ParameterValues, routes, type TemplateVersion } from '@berth/protocol';
import { Args, Flags } from '@oclif/core';
import { BuildCommand, type BuildResult, buildFlags } from '../buildCommand.js';
import { organizationFlag } from '../flags/organization.js';
import { type ParameterFlags, parameterFlags } from '../flags/parameters.js';

export default class Create extends BuildCommand {
  static override summary = 'Make a workspace of a template and start it';
  static override description =
    'Parameters that the template leaves open are asked for on a terminal; elsewhere those without a default must be given.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev --template scratch',
    `<%= config.bin %> <%= command.id %> dev --template scratch --parameter size=3 --parameter 'languages=["en","de"]' --yes`,
  ];
  static override args = {
    name: Args.string({ description: 'Name of the new workspace', required: true, ignoreStdin: true }),
  };
  static override flags = {
    template: Flags.string({ char: 't', required: true, summary: 'Template to make it of', helpValue: 'TEMPLATE' }),
    version: Flags.string({ summary: 'Version of the template; the active one unless given', helpValue: 'VERSION' }),
    ...parameterFlags,
    org: organizationFlag,
    ...buildFlags,
  };

  async run(): Promise<BuildResult | null> {
    const { args, flags } = await this.parse(Create);
    const client = await this.client(flags);
    const [{ findOrganization }, { findTemplate, findVersion }] = await Promise.all([
      import('../lookups/organizations.js'),
      import('../lookups/templates.js'),
    ]);
    const organization = await findOrganization(client, flags.org);
    const template = await findTemplate(client, organization, flags.template);
    const version = await findVersion(client, template, flags.version);
    const parameters = await this.#parameters(version, flags);
    if (!(await this.#agreed(args.name, version, parameters, flags.yes))) return null;
    const body = { name: args.name, template: template.id, version: version.id, parameters };
    const workspace = await client.call(routes.createWorkspace, { params: { organization }, body });
    return this.followBuild(client, workspace, workspace.latestBuild, args.name, flags);
  }

  /** What `--parameter` gives, and on a terminal the answers for the rest: for all of it, or with --yes for what needs one. */
  async #parameters(version: TemplateVersion, flags: ParameterFlags & { yes: boolean }): Promise<ParameterValues> {
    const open = openVariables(version.variables ?? [], version.pinned);
    const { givenParameters } = await import('../parameters/givenParameters.js');
    const given = await givenParameters(flags, open);
    if (!this.interactive) return given;
    const { askParameters } = await import('../ask/askParameters.js');
    const unanswered = open.filter(({ name, hasDefault }) => !Object.hasOwn(given, name) && !(flags.yes && hasDefault));
    return { ...given, ...(await askParameters(unanswered)) };
  }

  async #agreed(name: string, version: TemplateVersion, parameters: ParameterValues, yes: boolean): Promise<boolean> {
    if (yes || !this.interactive) return true;
    const [{ createSummary }, { confirm }] = await Promise.all([
      import('../show/createSummary.js'),
      import('../ask/ask.js'),
    ]);
    this.tell(createSummary(name, version, parameters, this.errColours));
    const agreed = await confirm('Create it?', true);
    if (!agreed) this.tell('Nothing was done.');
    return agreed;
  }
}

import { BerthError, type Template, type TemplateVersion } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';
import { templateArg } from '../../flags/templateName.js';

export default class TemplatesShow extends ClientCommand {
  static override summary = 'Show a template: its parameters, pinned variables, outputs, plugins and tags';
  static override enableJsonFlag = true;
  static override args = { template: templateArg };
  static override flags = {
    version: Flags.string({
      summary: 'Version; the active one unless given, or the newest where none is active',
      helpValue: 'VERSION',
    }),
    readme: Flags.boolean({ summary: 'Print its README alone' }),
    org: organizationFlag,
  };

  async run(): Promise<{ template: Template; version: TemplateVersion }> {
    const { args, flags } = await this.parse(TemplatesShow);
    const client = await this.client(flags);
    const [{ findOrganization }, { findTemplate, findShownVersion }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../lookups/templates.js'),
    ]);
    const organization = await findOrganization(client, flags.org);
    const template = await findTemplate(client, organization, args.template);
    const version = await findShownVersion(client, template, flags.version);
    if (flags.readme) {
      if (version.readme === null) throw new BerthError('not_found', `template ${template.name} has no README`);
      const { printableLines } = await import('../../output/printable.js');
      this.print(printableLines(version.readme).join('\n'));
    } else {
      const { templateDetail } = await import('../../show/templateDetail.js');
      this.print(templateDetail(template, version, { now: Date.now(), colours: this.colours }));
    }
    return { template, version };
  }
}

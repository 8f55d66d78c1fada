import { BerthError, routes, type Template } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';
import { templateArg } from '../../flags/templateName.js';

export default class TemplatesEdit extends ClientCommand {
  static override summary = "Change a template's name, description, deprecation or active version";
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> scratch --activate v2',
    '<%= config.bin %> <%= command.id %> scratch --deprecated "Use scratch-2"',
  ];
  static override args = { template: templateArg };
  static override flags = {
    name: Flags.string({ summary: 'New name', helpValue: 'NAME' }),
    description: Flags.string({ summary: 'New description', helpValue: 'TEXT' }),
    deprecated: Flags.string({
      summary: 'Why it should not be used any more: new workspaces of it are refused',
      helpValue: 'TEXT',
    }),
    undeprecated: Flags.boolean({ summary: 'It may be used again', exclusive: ['deprecated'] }),
    activate: Flags.string({ summary: 'Version that new workspaces are made of', helpValue: 'VERSION' }),
    org: organizationFlag,
  };

  async run(): Promise<Template> {
    const { args, flags } = await this.parse(TemplatesEdit);
    const client = await this.client(flags);
    const [{ findOrganization }, { findTemplate, findVersion }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../lookups/templates.js'),
    ]);
    const organization = await findOrganization(client, flags.org);
    const template = await findTemplate(client, organization, args.template);
    const body = {
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.description === undefined ? {} : { description: flags.description }),
      ...(flags.deprecated === undefined ? {} : { deprecated: flags.deprecated }),
      ...(flags.undeprecated ? { deprecated: null } : {}),
      ...(flags.activate === undefined
        ? {}
        : { activeVersion: (await findVersion(client, template, flags.activate)).id }),
    };
    if (Object.keys(body).length === 0) {
      throw new BerthError('invalid_request', 'nothing to change was given', { hint: `Try '${this.spelled} --help'.` });
    }
    const edited = await client.call(routes.editTemplate, { params: { template: template.id }, body });
    this.tell(`Template ${edited.name} was changed.`);
    return edited;
  }
}

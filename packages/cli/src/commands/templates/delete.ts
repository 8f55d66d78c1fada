import { BerthError, routes } from '@berth/protocol';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';
import { templateArg } from '../../flags/templateName.js';
import { yesFlag } from '../../followingCommand.js';

export default class TemplatesDelete extends ClientCommand {
  static override summary = 'Delete a template that no workspace is made of, and its versions';
  static override args = { template: templateArg };
  static override flags = { org: organizationFlag, yes: yesFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TemplatesDelete);
    const client = await this.client(flags);
    const [{ findOrganization }, { findTemplate }, { confirm }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../lookups/templates.js'),
      import('../../ask/ask.js'),
    ]);
    const template = await findTemplate(client, await findOrganization(client, flags.org), args.template);
    if (!flags.yes && !this.interactive) {
      throw new BerthError('invalid_request', `deleting ${template.name} needs --yes where nobody can be asked`);
    }
    if (!flags.yes && !(await confirm(`Delete template ${template.name} and all of its versions?`, false))) {
      return this.tell('Nothing was done.');
    }
    await client.call(routes.deleteTemplate, { params: { template: template.id } });
    this.tell(`Template ${template.name} is deleted.`);
  }
}

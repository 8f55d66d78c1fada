import { listAll } from '@berth/client';
import { routes, type Template } from '@berth/protocol';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';
import type { Column } from '../../output/table.js';

export default class TemplatesList extends ClientCommand {
  static override summary = 'List templates';
  static override enableJsonFlag = true;
  static override flags = { org: organizationFlag };

  async run(): Promise<Template[]> {
    const { flags } = await this.parse(TemplatesList);
    const client = await this.client(flags);
    const [{ findOrganization }, { renderTable }, { relativeTime }, { printable }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../output/table.js'),
      import('../../output/time.js'),
      import('../../output/printable.js'),
    ]);
    const organization = await findOrganization(client, flags.org);
    const templates: Template[] = [];
    for await (const template of listAll(client, routes.listTemplates, { params: { organization } })) {
      templates.push(template);
    }
    const now = Date.now();
    const columns: Column<Template>[] = [
      { title: 'NAME', value: row => row.name },
      { title: 'VERSION', value: row => row.activeVersion?.name ?? 'none' },
      { title: 'WORKSPACES', value: row => String(row.workspaces), align: 'right' },
      { title: 'CHANGED', value: row => relativeTime(row.updatedAt, now) },
      { title: 'DEPRECATED', value: row => printable(row.deprecated ?? '') },
      { title: 'DESCRIPTION', value: row => printable(row.description) },
    ];
    if (templates.length > 0) this.print(renderTable(templates, columns, this.colours.dim));
    else this.tell(`No templates. Make one: ${this.config.bin} templates init, then ${this.config.bin} templates push`);
    return templates;
  }
}

import { listAll } from '@berth/client';
import { formatTags, routes, type TemplateVersion } from '@berth/protocol';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';
import { templateArg } from '../../flags/templateName.js';
import type { Column } from '../../output/table.js';

export default class TemplatesVersions extends ClientCommand {
  static override summary = 'List the versions of a template, newest first';
  static override enableJsonFlag = true;
  static override args = { template: templateArg };
  static override flags = { org: organizationFlag };

  async run(): Promise<TemplateVersion[]> {
    const { args, flags } = await this.parse(TemplatesVersions);
    const client = await this.client(flags);
    const [{ findOrganization }, { findTemplate }, { renderTable }, { relativeTime }, { printable }] =
      await Promise.all([
        import('../../lookups/organizations.js'),
        import('../../lookups/templates.js'),
        import('../../output/table.js'),
        import('../../output/time.js'),
        import('../../output/printable.js'),
      ]);
    const organization = await findOrganization(client, flags.org);
    const template = await findTemplate(client, organization, args.template);
    const versions: TemplateVersion[] = [];
    for await (const version of listAll(client, routes.listVersions, { params: { template: template.id } })) {
      versions.push(version);
    }
    const now = Date.now();
    const columns: Column<TemplateVersion>[] = [
      { title: 'NAME', value: row => row.name },
      { title: 'ACTIVE', value: row => (row.active ? 'yes' : '') },
      { title: 'IMPORT', value: row => row.job.status },
      { title: 'TAGS', value: row => formatTags(row.tags) },
      { title: 'ENGINE', value: row => (row.engine === null ? '' : `${row.engine} ${row.engineVersion ?? ''}`) },
      { title: 'PUSHED', value: row => `${relativeTime(row.createdAt, now)} by ${row.createdBy.username}` },
      { title: 'MESSAGE', value: row => printable(row.message) },
    ];
    this.print(renderTable(versions, columns, this.colours.dim));
    return versions;
  }
}

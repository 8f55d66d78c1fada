import { listAll } from '@berth/client';
import { type Organization, routes } from '@berth/protocol';
import { ClientCommand } from '../../clientCommand.js';
import type { Column } from '../../output/table.js';

export default class OrganizationsList extends ClientCommand {
  static override summary = 'List the organizations that you belong to';
  static override enableJsonFlag = true;

  async run(): Promise<Organization[]> {
    const { flags } = await this.parse(OrganizationsList);
    const client = await this.client(flags);
    const organizations: Organization[] = [];
    for await (const organization of listAll(client, routes.listOrganizations, {})) organizations.push(organization);
    const [{ renderTable }, { dateTime }] = await Promise.all([
      import('../../output/table.js'),
      import('../../output/time.js'),
    ]);
    const columns: Column<Organization>[] = [
      { title: 'NAME', value: row => row.name },
      { title: 'DEFAULT', value: row => (row.default ? 'yes' : '') },
      { title: 'CREATED', value: row => dateTime(row.createdAt) },
      { title: 'ID', value: row => row.id },
    ];
    this.print(renderTable(organizations, columns, this.colours.dim));
    return organizations;
  }
}

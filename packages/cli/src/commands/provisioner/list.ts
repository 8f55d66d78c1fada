import { listAll } from '@berth/client';
import { type Daemon, routes } from '@berth/protocol';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';

export default class ProvisionerList extends ClientCommand {
  static override summary = 'List provisioner daemons with their status, tags, slots and engine';
  static override enableJsonFlag = true;
  static override flags = { org: organizationFlag };

  async run(): Promise<Daemon[]> {
    const { flags } = await this.parse(ProvisionerList);
    const client = await this.client(flags);
    const [{ findOrganization }, { daemonTable }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../show/daemonTable.js'),
    ]);
    const organization = await findOrganization(client, flags.org);
    const daemons: Daemon[] = [];
    for await (const daemon of listAll(client, routes.listDaemons, { params: { organization } })) daemons.push(daemon);
    if (daemons.length > 0) this.print(daemonTable(daemons, Date.now(), this.colours));
    else this.tell(`No daemon has connected yet. Start one: ${this.config.bin} provisionerd start --url ${client.url}`);
    return daemons;
  }
}

import { type Daemon, routes } from '@berth/protocol';
import { Args } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';

export default class ProvisionerUndrain extends ClientCommand {
  static override summary = 'Let a drained provisioner daemon take jobs again';
  static override description = 'One that is about to end, since it was told to on its own machine, does not.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> builder-1'];
  static override args = { name: Args.string({ required: true, description: 'Name of the daemon' }) };
  static override flags = { org: organizationFlag };

  async run(): Promise<Daemon> {
    const { args, flags } = await this.parse(ProvisionerUndrain);
    const client = await this.client(flags);
    const { findOrganization } = await import('../../lookups/organizations.js');
    const params = { organization: await findOrganization(client, flags.org), daemon: args.name };
    const daemon = await client.call(routes.drainDaemon, { params, body: { draining: false } });
    this.tell(`${daemon.name} takes jobs again.`);
    return daemon;
  }
}

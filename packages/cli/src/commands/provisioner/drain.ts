import { type Daemon, routes } from '@berth/protocol';
import { Args } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';

export default class ProvisionerDrain extends ClientCommand {
  static override summary = 'Let a provisioner daemon take no more jobs; those that it has go on';
  static override description = 'It stays connected, and takes jobs again after undrain or when it is started anew.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> builder-1'];
  static override args = { name: Args.string({ required: true, description: 'Name of the daemon' }) };
  static override flags = { org: organizationFlag };

  async run(): Promise<Daemon> {
    const { args, flags } = await this.parse(ProvisionerDrain);
    const client = await this.client(flags);
    const { findOrganization } = await import('../../lookups/organizations.js');
    const params = { organization: await findOrganization(client, flags.org), daemon: args.name };
    const daemon = await client.call(routes.drainDaemon, { params, body: { draining: true } });
    const busy = daemon.busySlots === 0 ? '' : ` It has ${daemon.busySlots} to finish.`;
    this.tell(
      `${daemon.name} takes no more jobs.${busy} To undo: ${this.config.bin} provisioner undrain ${daemon.name}`,
    );
    return daemon;
  }
}

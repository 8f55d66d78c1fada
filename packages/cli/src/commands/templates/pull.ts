import { Readable } from 'node:stream';
import { BerthError, routes } from '@berth/protocol';
import { Args, Flags } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';
import { templateArg } from '../../flags/templateName.js';

export default class TemplatesPull extends ClientCommand {
  static override summary = 'Download the files of a template into a new folder';
  static override examples = [
    '<%= config.bin %> <%= command.id %> scratch',
    '<%= config.bin %> <%= command.id %> scratch --version v2 --archive scratch.tgz',
  ];
  static override args = {
    template: templateArg,
    directory: Args.string({ description: 'The new folder; named like the template unless given', ignoreStdin: true }),
  };
  static override flags = {
    version: Flags.string({ summary: 'Version; the active one unless given', helpValue: 'VERSION' }),
    archive: Flags.string({ summary: 'Keep the archive (tar, gzip) as this file; - for stdout', helpValue: 'FILE' }),
    org: organizationFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TemplatesPull);
    const client = await this.client(flags);
    const [{ findOrganization }, { findTemplate, findVersion }, { download }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../lookups/templates.js'),
      import('@berth/client'),
    ]);
    const organization = await findOrganization(client, flags.org);
    const template = await findTemplate(client, organization, args.template);
    const version = await findVersion(client, template, flags.version);
    const { bytes } = await download(client, routes.downloadVersion, { params: { version: version.id } });
    if (flags.archive !== undefined) {
      const { saveBytes } = await import('../../output/saveBytes.js');
      await saveBytes(bytes, flags.archive === '-' ? undefined : flags.archive, 0o644);
      return;
    }
    const directory = args.directory ?? template.name;
    await this.#unpack(bytes, directory);
    this.tell(`Version ${version.name} of template ${template.name} is in ${directory}.`);
  }

  async #unpack(bytes: AsyncIterable<Uint8Array>, directory: string): Promise<void> {
    const { unpackArchive } = await import('@berth/daemon/archive');
    try {
      await unpackArchive(Readable.from(bytes), directory);
    } catch (cause) {
      if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EEXIST') throw cause;
      throw new BerthError('conflict', `'${directory}' is there already`, { cause, hint: 'Name another folder.' });
    }
  }
}

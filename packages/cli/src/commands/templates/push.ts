import { basename, resolve } from 'node:path';
import type { Client } from '@berth/client';
import { routes, type TemplateVersion } from '@berth/protocol';
import { Args } from '@oclif/core';
import type { z } from 'zod';
import { FollowingCommand } from '../../followingCommand.js';
import { pushFlags } from '../../push/pushFlags.js';

/** What a push returns with `--json`. */
interface Pushed {
  version: TemplateVersion;
  /** The template is new. */
  created: boolean;
  /** The tags are those of the active version. */
  keptTags: boolean;
  leftOut: string[];
}

export default class TemplatesPush extends FollowingCommand {
  static override summary = 'Make a new version of a template from a folder, and the template if it is new';
  static override description = [
    'The folder is packed without state, .terraform and dot files, uploaded, and imported by a daemon: init, validate,',
    'and plan where every open variable has a value. Variables that are given here are pinned; all others are',
    "parameters of the template's workspaces. A folder with a cdktf.json is synthesised first, by its own app, and its",
    'stack is packed with its assets, a README.md and a lock file. Tags say which daemons may run it; without',
    '--provisioner-tag a later push keeps those of the active version.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --directory ./scratch',
    '<%= config.bin %> <%= command.id %> scratch --provisioner-tag environment=prod --variable region=eu --message "Moved"',
  ];
  static override args = {
    name: Args.string({ description: 'Name of the template; that of the folder unless given', ignoreStdin: true }),
  };
  static override flags = pushFlags;

  async run(): Promise<Pushed | null> {
    const { args, flags } = await this.parse(TemplatesPush);
    const name = args.name ?? basename(resolve(flags.directory));
    const [{ packTemplate }, { packedText }, { uploadArchive }, { versionRequest }] = await Promise.all([
      import('../../push/packTemplate.js'),
      import('../../push/pushText.js'),
      import('../../push/uploadArchive.js'),
      import('../../push/versionRequest.js'),
    ]);
    const [{ findOrganization }, { lookForTemplate }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../lookups/templates.js'),
    ]);
    const client = await this.client(flags);
    const packed = await packTemplate(flags.directory, flags.stack);
    let request: { organization: string; body: z.input<typeof routes.pushVersion.body> };
    try {
      this.tell(packedText(packed));
      const organization = await findOrganization(client, flags.org);
      const before = await lookForTemplate(client, organization, name);
      if (before === null && !(await this.#mayCreate(name, organization, flags.yes))) return null;
      request = { organization, body: { archive: packed.digest, ...(await versionRequest(client, before, flags)) } };
      await uploadArchive(client, packed, process.stderr);
    } finally {
      packed.dispose();
    }
    const { organization, body } = request;
    const pushed = await client.call(routes.pushVersion, { params: { organization, template: name }, body });
    const version = await this.#followImport(client, pushed, flags.detach);
    return { ...pushed, version, leftOut: packed.leftOut };
  }

  async #mayCreate(name: string, organization: string, yes: boolean): Promise<boolean> {
    if (yes || !this.interactive) return true;
    const { confirm } = await import('../../ask/ask.js');
    const agreed = await confirm(`Make the new template '${name}' in organization '${organization}'?`, true);
    if (!agreed) this.tell('Nothing was done.');
    return agreed;
  }

  /** Gives the version as the import left it. */
  async #followImport(
    client: Client,
    { version, keptTags }: { version: TemplateVersion; keptTags: boolean },
    detach: boolean,
  ): Promise<TemplateVersion> {
    const [{ importEnded, keptTagsText }, { jobResult }] = await Promise.all([
      import('../../push/pushText.js'),
      import('../../follow/jobResult.js'),
    ]);
    if (keptTags) this.tell(keptTagsText(version));
    const comeBack = `${this.config.bin} logs --job ${version.job.id} --follow`;
    if (detach) {
      this.tell(`The import of version ${version.name} is queued. To follow it: ${comeBack}`);
      return version;
    }
    const title = `Import of ${version.template.name} ${version.name}`;
    const ended = await this.follow(client, version.job, { title, what: 'the import', comeBack });
    if (ended === null) return version;
    const imported = await client.call(routes.getVersion, { params: { version: version.id } });
    for (const line of jobResult(ended, this.errColours)) this.tell(line);
    for (const line of importEnded(imported, ended.job, this.errColours)) this.tell(line);
    return imported;
  }
}

import type { Client } from '@berth/client';
import { routes, type Workspace } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { workspaceArg } from '../../buildCommand.js';
import { ClientCommand } from '../../clientCommand.js';

export default class StatePull extends ClientCommand {
  static override summary = 'Download the Terraform state that a build ended with';
  static override description = 'The state holds secrets in plain text. A file is made readable by you alone.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev --output dev.tfstate',
    '<%= config.bin %> <%= command.id %> dev --build 3 | jq .resources',
    '<%= config.bin %> <%= command.id %> dev --salvage --output salvage.tfstate',
  ];
  static override args = { workspace: workspaceArg };
  static override flags = {
    build: Flags.integer({
      char: 'b',
      min: 1,
      summary: 'Number of the build; the newest that left a state unless given',
      helpValue: 'N',
    }),
    salvage: Flags.boolean({
      summary: 'What a daemon handed in that came back after its build had been given up; the newest unless --build',
    }),
    output: Flags.string({ char: 'f', summary: 'File to write to in place of stdout', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StatePull);
    const client = await this.client(flags);
    const [{ findWorkspace }, { saveBytes }] = await Promise.all([
      import('../../lookups/workspaces.js'),
      import('../../output/saveBytes.js'),
    ]);
    const workspace = await findWorkspace(client, args.workspace);
    const { what, bytes } = flags.salvage
      ? await this.#salvage(client, workspace, flags.build)
      : await this.#ofBuild(client, workspace, flags.build);
    await saveBytes(bytes, flags.output, 0o600);
    if (flags.output !== undefined) this.tell(`${what} is in ${flags.output}.`);
  }

  async #ofBuild(client: Client, workspace: Workspace, build: number | undefined): Promise<Pulled> {
    const [{ findStateBuild }, { download }] = await Promise.all([
      import('../../lookups/stateBuild.js'),
      import('@berth/client'),
    ]);
    const number = build ?? (await findStateBuild(client, workspace));
    const { bytes } = await download(client, routes.buildState, { params: { workspace: workspace.id, number } });
    return { what: `The state of build ${number}`, bytes };
  }

  async #salvage(client: Client, workspace: Workspace, build: number | undefined): Promise<Pulled> {
    const [{ findSalvage }, { download }] = await Promise.all([
      import('../../lookups/stateBuild.js'),
      import('@berth/client'),
    ]);
    const found = await findSalvage(client, workspace, build);
    const params = { workspace: workspace.id, state: found.id };
    const { bytes } = await download(client, routes.downloadState, { params });
    return { what: `The salvage of build ${found.build} (attempt ${found.attempt})`, bytes };
  }
}

interface Pulled {
  /** For people. */
  what: string;
  bytes: AsyncIterable<Uint8Array>;
}

import { routes } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { workspaceArg } from '../../buildCommand.js';
import { ClientCommand } from '../../clientCommand.js';

export default class StatePull extends ClientCommand {
  static override summary = 'Download the Terraform state that a build ended with';
  static override description = 'The state holds secrets in plain text. A file is made readable by you alone.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dev --output dev.tfstate',
    '<%= config.bin %> <%= command.id %> dev --build 3 | jq .resources',
  ];
  static override args = { workspace: workspaceArg };
  static override flags = {
    build: Flags.integer({
      char: 'b',
      min: 1,
      summary: 'Number of the build; the newest that left a state unless given',
      helpValue: 'N',
    }),
    output: Flags.string({ char: 'f', summary: 'File to write to in place of stdout', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StatePull);
    const client = await this.client(flags);
    const [{ findWorkspace }, { findStateBuild }, { download }, { saveBytes }] = await Promise.all([
      import('../../lookups/workspaces.js'),
      import('../../lookups/stateBuild.js'),
      import('@berth/client'),
      import('../../output/saveBytes.js'),
    ]);
    const workspace = await findWorkspace(client, args.workspace);
    const number = flags.build ?? (await findStateBuild(client, workspace));
    const params = { workspace: workspace.id, number };
    const { bytes } = await download(client, routes.buildState, { params });
    await saveBytes(bytes, flags.output, 0o600);
    if (flags.output !== undefined) this.tell(`The state of build ${number} is in ${flags.output}.`);
  }
}

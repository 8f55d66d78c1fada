import { openAsBlob } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { BerthError, routes, type StateVersion } from '@berth/protocol';
import { Args, Flags } from '@oclif/core';
import { workspaceArg } from '../../buildCommand.js';
import { ClientCommand } from '../../clientCommand.js';
import { yesFlag } from '../../followingCommand.js';

export default class StatePush extends ClientCommand {
  static override summary = "Make a state file the workspace's state";
  static override description = [
    'For a state that was put right by hand: the next build goes on from it. It must be of the same lineage as the present',
    'state and follow it by its serial; --force pushes any other. What a state does not name is forgotten and not removed.',
    'Needs an admin of the organization.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice/dev dev.tfstate',
    '<%= config.bin %> <%= command.id %> alice/dev older.tfstate --force',
  ];
  static override args = {
    workspace: workspaceArg,
    file: Args.string({ description: 'The state file', required: true, ignoreStdin: true }),
  };
  static override flags = {
    force: Flags.boolean({
      summary: 'Also a state of another lineage, of an older serial, or of the same serial with other content',
    }),
    yes: yesFlag,
  };

  async run(): Promise<StateVersion | null> {
    const { args, flags } = await this.parse(StatePush);
    const client = await this.client(flags);
    const [{ findWorkspace }, { readStateFile }, { uploadState }, { confirm }] = await Promise.all([
      import('../../lookups/workspaces.js'),
      import('@berth/daemon/state'),
      import('@berth/client'),
      import('../../ask/ask.js'),
    ]);
    const path = await pathOf(args.file);
    const { engineVersion, ...state } = await readStateFile(path);
    const workspace = await findWorkspace(client, args.workspace);
    if (flags.force && !flags.yes && this.interactive) {
      const question = `Put serial ${state.serial} in place of the state of ${args.workspace}, whatever that holds?`;
      if (!(await confirm(question, false))) {
        this.tell('Nothing was done.');
        return null;
      }
    }
    await uploadState(client, workspace.id, { digest: state.digest, content: await openAsBlob(path) });
    const body = { ...state, engineVersion, force: flags.force };
    const pushed = await client.call(routes.pushState, { params: { workspace: workspace.id }, body });
    this.tell(`The state of ${args.workspace} is now that of serial ${pushed.serial}.`);
    return pushed;
  }
}

/** The file itself where a link was named. */
async function pathOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (cause) {
    throw new BerthError('not_found', `there is no file '${file}'`, { cause });
  }
}

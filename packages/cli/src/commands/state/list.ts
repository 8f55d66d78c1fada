import { routes, type StateVersion } from '@berth/protocol';
import { workspaceArg } from '../../buildCommand.js';
import { ClientCommand } from '../../clientCommand.js';

export default class StateList extends ClientCommand {
  static override summary = 'List the states that a workspace has or had, newest first';
  static override description = [
    'A final state was handed in at the end of a build, a snapshot while it ran, salvage by a daemon that came back after',
    'its build had been given up; a pushed one came from a person.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> dev'];
  static override args = { workspace: workspaceArg };

  async run(): Promise<StateVersion[]> {
    const { args, flags } = await this.parse(StateList);
    const client = await this.client(flags);
    const [{ findWorkspace }, { stateTable }] = await Promise.all([
      import('../../lookups/workspaces.js'),
      import('../../show/stateTable.js'),
    ]);
    const workspace = await findWorkspace(client, args.workspace);
    const { items } = await client.call(routes.listStates, { params: { workspace: workspace.id } });
    if (items.length === 0) this.tell(`Workspace ${args.workspace} has no state yet.`);
    else this.print(stateTable(items, Date.now(), this.colours));
    return items;
  }
}

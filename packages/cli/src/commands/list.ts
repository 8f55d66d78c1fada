import type { Workspace } from '@berth/protocol';
import { routes } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { ClientCommand } from '../clientCommand.js';

export default class List extends ClientCommand {
  static override summary = 'List workspaces';
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all --json',
  ];
  static override flags = {
    all: Flags.boolean({ char: 'a', summary: 'Those of others too, as far as you may see them' }),
    owner: Flags.string({ summary: 'Those of this user', helpValue: 'USER', exclusive: ['all'] }),
    template: Flags.string({ char: 't', summary: 'Those of this template', helpValue: 'TEMPLATE' }),
    deleted: Flags.boolean({ summary: 'Deleted ones' }),
  };

  async run(): Promise<Workspace[]> {
    const { flags } = await this.parse(List);
    const client = await this.client(flags);
    const [{ listAll }, { workspaceTable }] = await Promise.all([
      import('@berth/client'),
      import('../show/workspaceTable.js'),
    ]);
    const owner = flags.all ? undefined : (flags.owner ?? 'me');
    const query = {
      ...(owner === undefined ? {} : { owner }),
      ...(flags.deleted ? { deleted: 'true' as const } : {}),
    };
    const workspaces: Workspace[] = [];
    for await (const workspace of listAll(client, routes.listWorkspaces, { query })) {
      if (flags.template === undefined || workspace.template.name === flags.template) workspaces.push(workspace);
    }
    if (workspaces.length === 0)
      this.tell(`No workspaces. Make one: ${this.config.bin} create NAME --template TEMPLATE`);
    else this.print(workspaceTable(workspaces, { withOwner: owner !== 'me', now: Date.now(), colours: this.colours }));
    return workspaces;
  }
}

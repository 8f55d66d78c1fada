import { BerthError, routes, type Workspace } from '@berth/protocol';
import { workspaceArg } from '../buildCommand.js';
import { ClientCommand } from '../clientCommand.js';
import { yesFlag } from '../followingCommand.js';

export default class Release extends ClientCommand {
  static override summary = 'Give up the build that holds a workspace because its daemon is out of reach';
  static override description = [
    'The coordinator does this itself in the end (--lost-after). Done sooner, the daemon may still be at work: what it',
    'makes from now on is not in the state, and the next build may make it a second time. If the daemon comes back, it',
    'stops, and hands in the state that it ended with. Needs an admin of the organization.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> alice/dev'];
  static override args = { workspace: workspaceArg };
  static override flags = { yes: yesFlag };

  async run(): Promise<{ build: number; stateSerial: number | null } | null> {
    const { args, flags } = await this.parse(Release);
    const client = await this.client(flags);
    const { findWorkspace } = await import('../lookups/workspaces.js');
    const workspace = await findWorkspace(client, args.workspace);
    if (!flags.yes && !(await this.#agreed(args.workspace, workspace))) return null;
    const released = await client.call(routes.releaseWorkspace, { params: { workspace: workspace.id } });
    const { releasedText } = await import('../show/incompleteText.js');
    this.tell(releasedText(args.workspace, released));
    return released;
  }

  async #agreed(reference: string, { latestBuild: { job, number } }: Workspace): Promise<boolean> {
    // Nothing to be warned of: the coordinator says why it cannot be released.
    if (job.unreachableSince === null) return true;
    const [{ releaseWarning }, { confirm }] = await Promise.all([
      import('../show/incompleteText.js'),
      import('../ask/ask.js'),
    ]);
    this.tell(releaseWarning(number, job, this.errColours));
    if (!this.interactive) {
      throw new BerthError('invalid_request', `releasing ${reference} needs --yes where nobody can be asked`);
    }
    const agreed = await confirm(`Release workspace ${reference}?`, false);
    if (!agreed) this.tell('Nothing was done.');
    return agreed;
  }
}

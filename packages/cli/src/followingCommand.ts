import type { Client } from '@berth/client';
import type { Job } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { ClientCommand } from './clientCommand.js';
import type { Ended } from './follow/followToEnd.js';

export const detachFlag = Flags.boolean({ summary: 'Return as soon as the job is queued' });
export const yesFlag = Flags.boolean({ char: 'y', summary: 'Ask nothing' });

/** Base of the commands that follow a job to its end. */
export abstract class FollowingCommand extends ClientCommand {
  // Named again because the list of commands is made by going up from class to class, and that ends at the first class
  // without statics of its own.
  static override baseFlags = ClientCommand.baseFlags;

  /**
   * Follows a job: a live view on a terminal, plain lines elsewhere, all on stderr. Sets the exit code when the job did
   * not succeed, or the user left.
   *
   * @param title for the live view
   * @param what for people: `the build`, `the import`
   * @param comeBack command that follows it again
   * @returns null when the user left before its end
   */
  protected async follow(
    client: Client,
    job: Job,
    { title, what, comeBack }: { title: string; what: string; comeBack: string },
  ): Promise<Ended | null> {
    const [{ follow }, { LiveView }, { PlainView }, { exitCodes }, { confirm }] = await Promise.all([
      import('./follow/follow.js'),
      import('./follow/liveView.js'),
      import('./follow/plainView.js'),
      import('./output/exitCode.js'),
      import('./ask/ask.js'),
    ]);
    const ended = await follow({
      client,
      job,
      what,
      comeBack,
      makeView: () =>
        process.stderr.isTTY ? new LiveView(process.stderr, title) : new PlainView(line => this.tell(line)),
      tell: text => this.tell(text),
      confirm: this.interactive ? question => confirm(question, false) : null,
    });
    if (ended === null) this.exitWith(exitCodes.interrupted);
    else if (ended.job.status !== 'succeeded') this.exitWith(exitCodes.failed);
    return ended;
  }
}

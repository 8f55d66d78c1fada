import { type Job, routes } from '@berth/protocol';
import { ClientCommand } from '../clientCommand.js';
import { jobReferenceArgs, jobReferenceFlags } from '../flags/jobReference.js';

export default class Cancel extends ClientCommand {
  static override summary = 'Cancel a build, or another job';
  static override description = [
    'A job that waits ends at once. One that runs is asked to stop: terraform finishes what it has begun and keeps its',
    'state. A second cancel goes on to ending the plugins, which may leave what they were making without an owner.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> dev'];
  static override args = jobReferenceArgs;
  static override flags = jobReferenceFlags;

  async run(): Promise<Job> {
    const { args, flags } = await this.parse(Cancel);
    const client = await this.client(flags);
    const { findJob } = await import('../lookups/jobs.js');
    const named = { workspace: args.workspace, build: flags.build, job: flags.job };
    const { job, what, again } = await findJob(client, named);
    const before = job.status;
    const asked = await client.call(routes.cancelJob, { params: { job: job.id } });
    if (asked.finishedAt !== null) this.tell(`Canceled ${what}.`);
    else if (before === 'canceling') this.tell(`Asked again to cancel ${what}: its plugins are ended now.`);
    else this.tell(`Asked to cancel ${what}. To see its end: ${this.config.bin} logs ${again} --follow`);
    return asked;
  }
}

import { listAll } from '@berth/client';
import { type Job, type JobStatus, jobStatus, routes } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';
import { organizationFlag } from '../../flags/organization.js';

export default class ProvisionerJobs extends ClientCommand {
  static override summary = 'List jobs, newest first, and why those that wait do';
  static override enableJsonFlag = true;
  static override flags = {
    org: organizationFlag,
    status: Flags.custom<JobStatus>({ options: jobStatus.options })({ char: 's', summary: 'Those of this status' }),
    limit: Flags.integer({ char: 'n', min: 1, default: 50, summary: 'How many at most', helpValue: 'N' }),
  };

  async run(): Promise<Job[]> {
    const { flags } = await this.parse(ProvisionerJobs);
    const client = await this.client(flags);
    const [{ findOrganization }, { jobTable }] = await Promise.all([
      import('../../lookups/organizations.js'),
      import('../../show/jobTable.js'),
    ]);
    const organization = await findOrganization(client, flags.org);
    const query = {
      limit: Math.min(flags.limit, 500),
      ...(flags.status === undefined ? {} : { status: flags.status }),
    };
    const jobs: Job[] = [];
    for await (const job of listAll(client, routes.listJobs, { params: { organization }, query })) {
      jobs.push(job);
      if (jobs.length === flags.limit) break;
    }
    this.print(jobTable(jobs, Date.now(), this.colours));
    return jobs;
  }
}

import type { Client } from '@berth/client';
import { BerthError, type Job, routes } from '@berth/protocol';
import { findWorkspace } from './workspaces.js';

/**
 * The job that a command line is about, with the words that name it again.
 *
 * @throws BerthError `invalid_request` unless exactly one of workspace and job is named
 */
export async function findJob(
  client: Client,
  named: { workspace: string | undefined; build: number | undefined; job: string | undefined },
): Promise<{ job: Job; what: string; again: string }> {
  if ((named.workspace === undefined) === (named.job === undefined)) {
    throw new BerthError('invalid_request', 'name a workspace, or a job by --job');
  }
  if (named.job !== undefined) {
    const job = await client.call(routes.getJob, { params: { job: named.job } });
    return { job, what: 'the job', again: `--job ${named.job}` };
  }
  const reference = named.workspace ?? '';
  const workspace = await findWorkspace(client, reference);
  const build =
    named.build === undefined
      ? workspace.latestBuild
      : await client.call(routes.getBuild, { params: { workspace: workspace.id, number: named.build } });
  return {
    job: build.job,
    what: `build ${build.number} of ${reference}`,
    again: `${reference}${named.build === undefined ? '' : ` --build ${named.build}`}`,
  };
}

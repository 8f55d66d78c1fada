import { jobRoutes } from '@berth/protocol';
import { audit } from '../access/audit.js';
import { findJob, findOrganization } from '../access/find.js';
import { cancelJob } from '../builds/cancelJob.js';
import type { Core } from '../core.js';
import { JobFeed } from '../events/jobFeed.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { JobViews } from '../views/jobViews.js';
import { pageView } from '../views/page.js';

/** @param stopping ends the streams of those who follow a job */
export function jobEndpoints(core: Core, stopping: AbortSignal): Endpoint[] {
  const { store } = core;
  return [
    asUser(jobRoutes.getJob, async ({ actor, params }) => {
      return new JobViews(core).of(await findJob(store, actor, 'read', params.job));
    }),

    asUser(jobRoutes.listJobs, async ({ actor, params, query }) => {
      const organization = await findOrganization(store, actor, 'job.list', params.organization);
      const views = new JobViews(core);
      const filter = { organizationId: organization.id, status: query.status };
      return pageView(await store.jobs.list(filter, query), job => views.of(job));
    }),

    asUser(jobRoutes.cancelJob, async ({ actor, params }) => {
      const { id, type, organization } = await findJob(store, actor, 'cancel', params.job);
      const job = await cancelJob(core, id);
      await audit(store, actor, 'job.cancel', { kind: 'job', id, name: type }, organization, {
        hard: job.hardCancelRequestedAt !== null,
      });
      return new JobViews(core).of(job);
    }),

    asUser(jobRoutes.jobLogs, async ({ actor, params, query: { after, limit } }) => {
      // Read before the log: what it says of the end then holds for every entry that is read after it.
      const { id, finishedAt } = await findJob(store, actor, 'follow', params.job);
      const items = await store.logs.read(id, after, limit);
      return { items, complete: finishedAt !== null && items.length < limit };
    }),

    asUser(jobRoutes.jobEvents, async ({ actor, params, query, request }) => {
      const job = await findJob(store, actor, 'follow', params.job);
      return new JobFeed(core, job, lastEventId(request.headers['last-event-id']) ?? query.after, stopping);
    }),
  ];
}

/** Null for a header that is missing or no number of ours. */
function lastEventId(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

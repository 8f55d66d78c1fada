import { z } from 'zod';
import { engineName } from '../engine.js';
import { errorBody } from '../errors.js';
import { waiting } from '../explain.js';
import { jobStatus, jobType } from '../lifecycle.js';
import { jobLogEntry, phase } from '../logEntry.js';
import { id, time } from '../names.js';
import { page, paged, route } from '../route.js';
import { tagSetSchema } from '../tags.js';

/** A job as its users see it. */
export const job = z.object({
  id,
  type: jobType,
  status: jobStatus,
  organization: z.object({ id, name: z.string() }),
  tags: tagSetSchema,
  engine: engineName.nullable(),
  /** The attempt that owns the job or owned it last; 0 before the first. */
  attempt: z.number().int(),
  createdAt: time,
  startedAt: time.nullable(),
  /** The gate: since when something may have been changed. */
  applyStartedAt: time.nullable(),
  unreachableSince: time.nullable(),
  /** When it is given up, unless its daemon comes back before; null unless it is unreachable. */
  giveUpAt: time.nullable(),
  cancelRequestedAt: time.nullable(),
  finishedAt: time.nullable(),
  phase: phase.nullable(),
  /** The daemon of the present or last attempt. */
  daemon: z.object({ id, name: z.string() }).nullable(),
  error: errorBody.nullable(),
  /** What a reader must know beside the status: that a cancel came too late, why an attempt was lost. */
  notes: z.array(z.string()),
  /** Why it waits; null unless it is pending. */
  waiting: waiting.nullable(),
});
export type Job = z.infer<typeof job>;

/** Names of the server-sent events of a job. `log` carries `id: SEQ`, by which `Last-Event-ID` resumes. */
export const jobEvents = {
  /** data: {@link jobLogEntry} */
  log: jobLogEntry,
  /** data: {@link job}; sent at first and at each change */
  job,
  /** The job has finished and every log entry was sent: nothing follows. */
  end: z.object({}),
} as const;

export const jobRoutes = {
  getJob: route({
    method: 'GET',
    path: '/api/v1/jobs/:job',
    auth: 'session',
    summary: 'One job',
    params: z.object({ job: id }),
    response: job,
  }),
  listJobs: route({
    method: 'GET',
    path: '/api/v1/organizations/:organization/jobs',
    auth: 'session',
    summary: 'List jobs, newest first',
    params: z.object({ organization: z.string() }),
    query: page.extend({ status: jobStatus.optional() }),
    response: paged(job),
  }),
  cancelJob: route({
    method: 'POST',
    path: '/api/v1/jobs/:job/cancel',
    auth: 'session',
    summary: 'Ask to end a job; a second request goes on to the hard step of the stop ladder',
    params: z.object({ job: id }),
    response: job,
    status: 202,
    errors: ['illegal_transition'],
  }),
  jobLogs: route({
    method: 'GET',
    path: '/api/v1/jobs/:job/logs',
    auth: 'session',
    summary: 'Log entries after a number, in order',
    params: z.object({ job: id }),
    query: z.object({
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
    }),
    response: z.object({
      items: z.array(jobLogEntry),
      /** Whether no entry will follow the last one given. */
      complete: z.boolean(),
    }),
  }),
  jobEvents: route({
    method: 'GET',
    path: '/api/v1/jobs/:job/events',
    auth: 'session',
    summary: 'Follow a job: its log and its changes, until its end; resumes by Last-Event-ID',
    params: z.object({ job: id }),
    query: z.object({ after: z.coerce.number().int().min(0).default(0) }),
    responseBody: 'events',
  }),
};

import { z } from 'zod';
import { planSummary } from '../attempt.js';
import { buildTransition } from '../berthVariable.js';
import { id } from '../names.js';
import { plannedChange } from '../plannedChange.js';
import { route } from '../route.js';
import { parameterValues } from '../variables.js';
import { job } from './jobs.js';

/** A change, and what it costs. */
const dryRunChange = plannedChange.omit({ destroyedByStop: true }).extend({
  /**
   * Of what would be replaced or deleted: it is something that a stop leaves, such as a volume, so that what it holds is
   * lost. True as well where that cannot be told; null for every other change.
   */
  survivesStop: z.boolean().nullable(),
});
export type DryRunChange = z.infer<typeof dryRunChange>;

/** What a build would change, found without changing anything. */
export const dryRun = z.object({
  job,
  template: z.object({ id, name: z.string() }),
  version: z.object({ id, name: z.string() }),
  /** Null for a plan of a workspace that there is not. */
  workspace: z.object({ id, name: z.string() }).nullable(),
  transition: buildTransition,
  /** Null until the job has succeeded. */
  plan: planSummary.nullable(),
  changes: z.array(dryRunChange).nullable(),
});
export type DryRun = z.infer<typeof dryRun>;

export const dryRunRoutes = {
  planVersion: route({
    method: 'POST',
    path: '/api/v1/templateversions/:version/dry-runs',
    auth: 'session',
    summary: 'Plan the first start of a workspace of this version; nothing is made or kept, but for the plan',
    params: z.object({ version: id }),
    body: z.object({ parameters: parameterValues.default({}) }),
    response: dryRun,
    status: 201,
    errors: ['missing_parameter', 'invalid_parameter', 'unknown_parameter', 'version_not_ready'],
  }),
  planWorkspace: route({
    method: 'POST',
    path: '/api/v1/workspaces/:workspace/dry-runs',
    auth: 'session',
    summary: 'Plan a build of a workspace on its state; nothing is changed',
    params: z.object({ workspace: id }),
    body: z.object({
      transition: buildTransition.default('start'),
      /** Version id; null for that of the newest build. */
      version: id.nullable().default(null),
      /** Changes to the parameters of the newest build; what is not named stays as it is. */
      parameters: parameterValues.default({}),
      /** Names of parameters that go back to their default. */
      reset: z.array(z.string()).default([]),
    }),
    response: dryRun,
    status: 201,
    errors: [
      'build_active',
      'workspace_held',
      'workspace_deleted',
      'missing_parameter',
      'invalid_parameter',
      'unknown_parameter',
      'engine_conflict',
      'version_not_ready',
    ],
  }),
  getDryRun: route({
    method: 'GET',
    path: '/api/v1/dry-runs/:job',
    auth: 'session',
    summary: 'One dry run, by its job; follow it as any job',
    params: z.object({ job: id }),
    response: dryRun,
  }),
};

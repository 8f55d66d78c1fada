import { z } from 'zod';
import { output, resource } from '../attempt.js';
import { buildTransition } from '../berthVariable.js';
import { id, name, time } from '../names.js';
import { flag, page, paged, route } from '../route.js';
import { jsonValue } from '../typeConstraint.js';
import { parameterValues } from '../variables.js';
import { job } from './jobs.js';

/** What a workspace is doing: its newest build's transition and status in one word. */
export const workspaceStatus = z.enum([
  'pending',
  'starting',
  'running',
  'stopping',
  'stopped',
  'deleting',
  'deleted',
  'canceling',
  'canceled',
  'failed',
  'unreachable',
]);
export type WorkspaceStatus = z.infer<typeof workspaceStatus>;

/**
 * A parameter as a build used it. `value` is null where it is sensitive, where it was left at its default, and where it is
 * ephemeral: then nobody knows it any more.
 */
export const buildParameter = z.object({
  name: z.string(),
  value: jsonValue,
  sensitive: z.boolean(),
  isDefault: z.boolean(),
  /** Given to each build anew, and never kept. */
  ephemeral: z.boolean(),
});
export type BuildParameter = z.infer<typeof buildParameter>;

export const build = z.object({
  id,
  number: z.number().int(),
  workspace: z.object({ id, name: z.string() }),
  transition: buildTransition,
  version: z.object({ id, name: z.string() }),
  initiator: z.object({ id, username: z.string() }),
  createdAt: time,
  job,
  parameters: z.array(buildParameter),
  /** The workspace was forgotten without running terraform. */
  orphan: z.boolean(),
  /** Serial of the state that the build ended with; null for none. */
  stateSerial: z.number().int().nullable(),
});
export type Build = z.infer<typeof build>;

/** The state lacks what an attempt has made since its last snapshot: it was given up while it could not be reached. */
export const stateIncomplete = z.object({
  build: z.number().int(),
  attempt: z.number().int(),
  daemon: z.object({ id, name: z.string() }),
  since: time,
  /** Somebody has gone on from this state knowingly: later builds do not ask again. */
  accepted: z.boolean(),
});
export type StateIncomplete = z.infer<typeof stateIncomplete>;

export const workspace = z.object({
  id,
  name: z.string(),
  owner: z.object({ id, username: z.string() }),
  organization: z.object({ id, name: z.string() }),
  template: z.object({ id, name: z.string() }),
  provider: z.string(),
  status: workspaceStatus,
  /** The template has a newer active version than the newest build used. */
  outdated: z.boolean(),
  latestBuild: build,
  /** Null when nothing is known to lack. */
  stateIncomplete: stateIncomplete.nullable(),
  createdAt: time,
  deletedAt: time.nullable(),
});
export type Workspace = z.infer<typeof workspace>;

const workspaceParam = z.object({ workspace: id });
const buildParam = workspaceParam.extend({ number: z.coerce.number().int().positive() });

export const workspaceRoutes = {
  createWorkspace: route({
    method: 'POST',
    path: '/api/v1/organizations/:organization/workspaces',
    auth: 'session',
    summary: 'Make a workspace of a template and start it',
    params: z.object({ organization: z.string() }),
    body: z.object({
      name,
      /** Template id. */
      template: id,
      /** Version id; null for the active version. */
      version: id.nullable().default(null),
      parameters: parameterValues.default({}),
    }),
    response: workspace,
    status: 201,
    errors: [
      'name_taken',
      'missing_parameter',
      'invalid_parameter',
      'unknown_parameter',
      'no_active_version',
      'version_not_ready',
    ],
  }),
  listWorkspaces: route({
    method: 'GET',
    path: '/api/v1/workspaces',
    auth: 'session',
    summary: 'List the workspaces that you may see, newest first',
    query: page.extend({
      /** User name; `me` for your own. */
      owner: z.string().optional(),
      name: z.string().optional(),
      /** Template id. */
      template: id.optional(),
      deleted: flag.optional(),
    }),
    response: paged(workspace),
  }),
  getWorkspace: route({
    method: 'GET',
    path: '/api/v1/workspaces/:workspace',
    auth: 'session',
    summary: 'One workspace',
    params: workspaceParam,
    response: workspace,
  }),
  createBuild: route({
    method: 'POST',
    path: '/api/v1/workspaces/:workspace/builds',
    auth: 'session',
    summary: 'Start, stop or delete a workspace',
    params: workspaceParam,
    body: z.object({
      transition: buildTransition,
      /** Version id; null for that of the newest build. */
      version: id.nullable().default(null),
      /** Changes to the parameters of the newest build; what is not named stays as it is. */
      parameters: parameterValues.default({}),
      /** Names of parameters that go back to their default. */
      reset: z.array(z.string()).default([]),
      /** With `delete`: forget the workspace without running terraform. */
      orphan: z.boolean().default(false),
      /** Start or delete although the state may be incomplete. */
      acceptIncompleteState: z.boolean().default(false),
    }),
    response: build,
    status: 201,
    errors: [
      'build_active',
      'workspace_held',
      'workspace_deleted',
      'state_incomplete',
      'missing_parameter',
      'invalid_parameter',
      'unknown_parameter',
      'engine_conflict',
      'version_not_ready',
    ],
  }),
  listBuilds: route({
    method: 'GET',
    path: '/api/v1/workspaces/:workspace/builds',
    auth: 'session',
    summary: 'List the builds of a workspace, newest first',
    params: workspaceParam,
    query: page,
    response: paged(build),
  }),
  getBuild: route({
    method: 'GET',
    path: '/api/v1/workspaces/:workspace/builds/:number',
    auth: 'session',
    summary: 'One build',
    params: buildParam,
    response: build,
  }),
  buildResources: route({
    method: 'GET',
    path: '/api/v1/workspaces/:workspace/builds/:number/resources',
    auth: 'session',
    summary: 'The resources and outputs that a build ended with',
    params: buildParam,
    query: z.object({
      /** Show the values of sensitive outputs, which is written to the audit log. */
      reveal: flag.optional(),
    }),
    response: z.object({ resources: z.array(resource), outputs: z.array(output) }),
  }),
  buildState: route({
    method: 'GET',
    path: '/api/v1/workspaces/:workspace/builds/:number/state',
    auth: 'session',
    summary: 'The state that a build ended with; needs the role that may read secrets of the workspace',
    params: buildParam,
    responseBody: 'bytes',
  }),
};

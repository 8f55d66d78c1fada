import { z } from 'zod';
import { stateRef } from '../attempt.js';
import { engine } from '../engine.js';
import { digest, id, time } from '../names.js';
import { route } from '../route.js';

/** A state that a workspace has or had, without its content. */
export const stateVersion = z.object({
  id,
  /** Number of the build that it belongs to. */
  build: z.number().int(),
  /** Null for a pushed one. */
  attempt: z.number().int().nullable(),
  /**
   * `final`: handed in at the end of the attempt. `snapshot`: of an apply that runs, or never told its end. `salvage`: of
   * an attempt that had been given up. `pushed`: by a user.
   */
  kind: z.enum(['final', 'snapshot', 'salvage', 'pushed']),
  /** The engine that wrote it. */
  engine,
  serial: stateRef.shape.serial,
  lineage: stateRef.shape.lineage,
  sizeBytes: stateRef.shape.sizeBytes,
  createdAt: time,
  pushedBy: z.object({ id, username: z.string() }).nullable(),
  /** It is the state of the workspace. */
  current: z.boolean(),
  /** Its content is there; false once it was dropped for its age. */
  kept: z.boolean(),
});
export type StateVersion = z.infer<typeof stateVersion>;

const workspaceParam = z.object({ workspace: id });
const uploadParam = workspaceParam.extend({ digest });
const uploadStatus = z.object({ receivedBytes: z.number().int(), complete: z.boolean() });

/** The states of a workspace, and what puts one right whose daemon did not come back. */
export const stateRoutes = {
  releaseWorkspace: route({
    method: 'POST',
    path: '/api/v1/workspaces/:workspace/release',
    auth: 'session',
    summary: 'Give up the unreachable build that holds a workspace; its state may then be incomplete',
    params: workspaceParam,
    response: z.object({
      /** Number of the build that was given up. */
      build: z.number().int(),
      /** Serial of the state that is the workspace's now; null for none. */
      stateSerial: z.number().int().nullable(),
    }),
    errors: ['illegal_transition', 'workspace_deleted'],
  }),
  listStates: route({
    method: 'GET',
    path: '/api/v1/workspaces/:workspace/states',
    auth: 'session',
    summary: 'The states that a workspace has or had, newest first, at most 500',
    params: workspaceParam,
    response: z.object({ items: z.array(stateVersion) }),
  }),
  downloadState: route({
    method: 'GET',
    path: '/api/v1/workspaces/:workspace/states/:state',
    auth: 'session',
    summary: 'One state; needs the role that may read secrets of the workspace',
    params: workspaceParam.extend({ state: id }),
    responseBody: 'bytes',
  }),
  stateUploadStatus: route({
    method: 'GET',
    path: '/api/v1/workspaces/:workspace/state-uploads/:digest',
    auth: 'session',
    summary: 'How much of a state has been uploaded',
    params: uploadParam,
    response: uploadStatus,
  }),
  uploadState: route({
    method: 'PUT',
    path: '/api/v1/workspaces/:workspace/state-uploads/:digest',
    auth: 'session',
    summary: 'Upload a state to push, whole or from `offset` on',
    params: uploadParam,
    query: z.object({
      offset: z.coerce.number().int().min(0).default(0),
      size: z.coerce.number().int().positive(),
    }),
    requestBody: 'bytes',
    response: uploadStatus,
    errors: ['digest_mismatch', 'range_mismatch', 'limit_exceeded'],
  }),
  pushState: route({
    method: 'POST',
    path: '/api/v1/workspaces/:workspace/states',
    auth: 'session',
    summary: "Make an uploaded state the workspace's; without `force` it must follow the present one",
    params: workspaceParam,
    body: stateRef.extend({
      /** Version of the engine that wrote it, as the state says: no older one will be used from now on. */
      engineVersion: z
        .string()
        .regex(/^\d+\.\d+\.\d+/, 'a version such as 1.11.4')
        .max(100),
      /** Also one of another lineage, of an older serial, or of the same serial with other content. */
      force: z.boolean().default(false),
    }),
    response: stateVersion,
    status: 201,
    errors: ['state_conflict', 'build_active', 'workspace_held', 'workspace_deleted'],
  }),
};

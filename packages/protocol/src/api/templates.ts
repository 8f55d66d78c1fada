import { z } from 'zod';
import { planSummary } from '../attempt.js';
import { engineName } from '../engine.js';
import { digest, id, name, time } from '../names.js';
import { flag, page, paged, route } from '../route.js';
import { tagSetSchema } from '../tags.js';
import { parameterValues, variableDeclaration } from '../variables.js';
import { job } from './jobs.js';

export const template = z.object({
  id,
  name: z.string(),
  organization: z.object({ id, name: z.string() }),
  description: z.string(),
  /** Why it should not be used any more; null if it may. Workspaces of it go on, new ones are refused. */
  deprecated: z.string().nullable(),
  /** Null until a first version has imported. */
  activeVersion: z.object({ id, name: z.string() }).nullable(),
  /** How many workspaces are made of it. */
  workspaces: z.number().int(),
  createdAt: time,
  updatedAt: time,
});
export type Template = z.infer<typeof template>;

export const templateVersion = z.object({
  id,
  /** `v1`, `v2`… unless the push named it. */
  name: z.string(),
  template: z.object({ id, name: z.string() }),
  organization: z.object({ id, name: z.string() }),
  message: z.string(),
  createdBy: z.object({ id, username: z.string() }),
  createdAt: time,
  archive: z.object({ digest, sizeBytes: z.number().int() }),
  tags: tagSetSchema,
  active: z.boolean(),
  /** The engine of its import; every build of it uses the same. */
  engine: engineName.nullable(),
  engineVersion: z.string().nullable(),
  job,
  /** Every root variable that it declares; null until it has imported. */
  variables: z.array(variableDeclaration).nullable(),
  /** Names of the variables that the push gave values to. */
  pinned: z.array(z.string()),
  outputs: z.array(z.object({ name: z.string(), description: z.string().nullable(), sensitive: z.boolean() })),
  plugins: z.array(z.object({ address: z.string(), version: z.string().nullable() })),
  readme: z.string().nullable(),
  ignoredBackend: z.string().nullable(),
  plan: planSummary.nullable(),
  planSkipped: z.string().nullable(),
});
export type TemplateVersion = z.infer<typeof templateVersion>;

const templateParam = z.object({ template: id });
const versionParam = z.object({ version: id });
const organizationParam = z.object({ organization: z.string() });

export const templateRoutes = {
  fileStatus: route({
    method: 'GET',
    path: '/api/v1/files/:digest',
    auth: 'session',
    summary: 'How much of an archive the coordinator has',
    params: z.object({ digest }),
    response: z.object({ receivedBytes: z.number().int(), complete: z.boolean() }),
  }),
  uploadFile: route({
    method: 'PUT',
    path: '/api/v1/files/:digest',
    auth: 'session',
    summary: 'Upload a template archive, whole or from `offset` on; refused when its sha256 is another in the end',
    params: z.object({ digest }),
    query: z.object({
      /** Bytes of it that arrived before. */
      offset: z.coerce.number().int().min(0).default(0),
      /** Size of the whole. */
      size: z.coerce.number().int().positive(),
    }),
    requestBody: 'bytes',
    response: z.object({ receivedBytes: z.number().int(), complete: z.boolean() }),
    errors: ['digest_mismatch', 'range_mismatch', 'limit_exceeded'],
  }),
  pushVersion: route({
    method: 'POST',
    path: '/api/v1/organizations/:organization/templates/:template/versions',
    auth: 'session',
    summary: 'Make a version of a template (and the template, if it is new) from an uploaded archive, and import it',
    params: organizationParam.extend({ template: name }),
    body: z.object({
      archive: digest,
      /** Null for `v1`, `v2`… */
      name: name.nullable().default(null),
      message: z.string().max(1000).default(''),
      /** Tags of the version; null keeps those of the active version. */
      tags: tagSetSchema.nullable().default(null),
      /** Values that pin variables. */
      variables: parameterValues.default({}),
      /** Values for open variables of the import's plan alone. */
      samples: parameterValues.default({}),
      /** Make it the active version once it has imported. A first version always becomes it. */
      activate: z.boolean().default(true),
      /**
       * Import it for dry runs alone: it is in no list, cannot be made active or built, makes no template, and its archive
       * goes after a day.
       */
      draft: z.boolean().default(false),
      /** Refuse to make a new template; for a push that means to update one. */
      engine: engineName.nullable().default(null),
    }),
    response: z.object({
      version: templateVersion,
      /** The template was made by this push. */
      created: z.boolean(),
      /** The tags were taken over from the active version. */
      keptTags: z.boolean(),
    }),
    status: 201,
    errors: ['invalid_tag', 'reserved_tag', 'name_taken'],
  }),
  listTemplates: route({
    method: 'GET',
    path: '/api/v1/organizations/:organization/templates',
    auth: 'session',
    summary: 'List templates by name',
    params: organizationParam,
    query: page.extend({ name: z.string().optional() }),
    response: paged(template),
  }),
  getTemplate: route({
    method: 'GET',
    path: '/api/v1/templates/:template',
    auth: 'session',
    summary: 'One template',
    params: templateParam,
    response: template,
  }),
  editTemplate: route({
    method: 'PATCH',
    path: '/api/v1/templates/:template',
    auth: 'session',
    summary: 'Change name, description, deprecation or active version',
    params: templateParam,
    body: z.object({
      name: name.optional(),
      description: z.string().max(1000).optional(),
      deprecated: z.string().max(1000).nullable().optional(),
      /** Id of a version that has imported. */
      activeVersion: id.optional(),
    }),
    response: template,
    errors: ['name_taken', 'version_not_ready'],
  }),
  deleteTemplate: route({
    method: 'DELETE',
    path: '/api/v1/templates/:template',
    auth: 'session',
    summary: 'Delete a template without workspaces, and its versions',
    params: templateParam,
    errors: ['template_in_use'],
  }),
  listVersions: route({
    method: 'GET',
    path: '/api/v1/templates/:template/versions',
    auth: 'session',
    summary: 'List the versions of a template, newest first',
    params: templateParam,
    query: page.extend({ name: z.string().optional() }),
    response: paged(templateVersion),
  }),
  getVersion: route({
    method: 'GET',
    path: '/api/v1/templateversions/:version',
    auth: 'session',
    summary: 'One template version',
    params: versionParam,
    response: templateVersion,
  }),
  downloadVersion: route({
    method: 'GET',
    path: '/api/v1/templateversions/:version/archive',
    auth: 'session',
    summary: 'The archive of a version (tar, gzip); ranges are served',
    params: versionParam,
    query: z.object({ download: flag.optional() }),
    responseBody: 'bytes',
  }),
};

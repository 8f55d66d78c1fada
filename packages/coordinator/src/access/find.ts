import { BerthError, id } from '@berth/protocol';
import type {
  DaemonRecord,
  JobRecord,
  OrganizationRecord,
  Store,
  TemplateRecord,
  TemplateVersionRecord,
  WorkspaceRecord,
} from '@berth/store';
import type { UserActor } from './actor.js';
import { type AccessObject, type Action, authorize, notFound } from './authorize.js';

// Each finds what a request names and makes sure that the actor may do `action` to it. All throw `not_found` and
// `forbidden` as `authorize` does.

/** By id or name. */
export async function findOrganization(
  store: Pick<Store, 'organizations'>,
  actor: UserActor,
  action: Action,
  idOrName: string,
): Promise<OrganizationRecord> {
  const organization = await store.organizations.byIdOrName(idOrName);
  if (organization === null) throw notFound('organization');
  authorize(actor, action, { kind: 'organization', organization: organization.id });
  return organization;
}

/** Of an organization, by id or name. */
export async function findDaemon(
  store: Pick<Store, 'daemons'>,
  actor: UserActor,
  action: Action,
  organization: string,
  idOrName: string,
): Promise<DaemonRecord> {
  const daemon = (await store.daemons.byName(organization, 'built-in', idOrName)) ?? (await byId(store, idOrName));
  if (daemon?.organization.id !== organization) {
    throw new BerthError('not_found', `there is no daemon '${idOrName}'`, {
      hint: "'berth provisioner list' shows those that there are.",
    });
  }
  const { scope, owner } = daemon.tags;
  authorize(actor, action, { kind: 'daemon', organization, ...(scope === 'user' && owner ? { owner } : {}) });
  return daemon;
}

async function byId(store: Pick<Store, 'daemons'>, text: string): Promise<DaemonRecord | null> {
  return id.safeParse(text).success ? store.daemons.byId(text) : null;
}

/** By id. */
export async function findTemplate(
  store: Pick<Store, 'templates'>,
  actor: UserActor,
  action: Action,
  id: string,
): Promise<TemplateRecord> {
  const template = await store.templates.byId(id);
  if (template === null) throw notFound('template');
  authorize(actor, action, { kind: 'template', organization: template.organization.id });
  return template;
}

/** By id. */
export async function findVersion(
  store: Pick<Store, 'templates'>,
  actor: UserActor,
  action: Action,
  id: string,
): Promise<TemplateVersionRecord> {
  const version = await store.templates.version(id);
  if (version === null) throw notFound('template version');
  authorize(actor, action, { kind: 'template version', organization: version.organization.id });
  return version;
}

/** By id. */
export async function findWorkspace(
  store: Pick<Store, 'workspaces'>,
  actor: UserActor,
  action: Action,
  id: string,
): Promise<WorkspaceRecord> {
  const workspace = await store.workspaces.byId(id);
  if (workspace === null) throw notFound('workspace');
  authorize(actor, action, workspaceObject(workspace));
  return workspace;
}

/** A workspace as permission looks at it. */
export function workspaceObject({ organization, owner }: WorkspaceRecord): AccessObject {
  return { kind: 'workspace', organization: organization.id, owner: owner.id };
}

/** What one may do with a job depends on what it is for. */
const jobActions = {
  read: { workspace_build: 'workspace.read', template_import: 'import.read', template_dry_run: 'workspace.read' },
  follow: { workspace_build: 'workspace.read', template_import: 'import.follow', template_dry_run: 'workspace.read' },
  cancel: { workspace_build: 'workspace.build', template_import: 'import.cancel', template_dry_run: 'workspace.build' },
} as const;

/**
 * By id.
 *
 * @param what to read the job itself, to follow its log, or to end it
 */
export async function findJob(
  store: Pick<Store, 'jobs'>,
  actor: UserActor,
  what: keyof typeof jobActions,
  id: string,
): Promise<JobRecord> {
  const job = await store.jobs.byId(id);
  if (job === null) throw notFound('job');
  authorize(actor, jobActions[what][job.type], { kind: 'job', organization: job.organization, owner: job.ownerId });
  return job;
}

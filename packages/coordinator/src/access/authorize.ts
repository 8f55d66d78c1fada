import { BerthError, type OrganizationRole, type SiteRole } from '@berth/protocol';
import type { KeyActor, UserActor } from './actor.js';

/** Everything that permission is asked for. */
export type Action =
  | 'site.backup'
  | 'user.list'
  | 'user.create'
  | 'user.create_owner'
  | 'organization.read'
  | 'template.read'
  | 'template.download'
  | 'template.push'
  | 'template.edit'
  | 'template.delete'
  | 'file.upload'
  | 'workspace.create'
  | 'workspace.read'
  | 'workspace.build'
  | 'workspace.orphan'
  | 'workspace.release'
  | 'workspace.push_state'
  | 'workspace.secrets'
  | 'import.read'
  | 'import.follow'
  | 'import.cancel'
  | 'job.list'
  | 'daemon.list'
  | 'daemon.drain'
  | 'daemon.serve_organization'
  | 'daemon.serve_own';

/** What an action is done to, as far as permission depends on it. */
export interface AccessObject {
  /** What messages call it. */
  kind: string;
  /** Organization id. Null for what belongs to the site: a role in any organization then counts. */
  organization: string | null;
  /** Id of the user whose own it is. */
  owner?: string;
}

/** Who may do an action. The site's owner may do every one of them. */
interface Rule {
  /** Completes "your roles do not allow you to …". */
  does: string;
  site?: readonly SiteRole[];
  /** Roles in the object's organization. */
  roles?: readonly OrganizationRole[];
  /** The object's own owner, too, as long as they are a member of its organization. */
  own?: boolean;
  /** Daemons with a pre-shared key. */
  key?: boolean;
  /** To whoever may not do this, the object does not exist. */
  seenBy?: Action;
}

const members = ['admin', 'template-admin', 'member'] as const;
const templateAdmins = ['admin', 'template-admin'] as const;
const admins = ['admin'] as const;

/** The whole of who may do what. */
const rules: Record<Action, Rule> = {
  'site.backup': { does: 'copy the database' },
  'user.list': { does: 'list users', site: ['user-admin', 'auditor'] },
  'user.create': { does: 'make users', site: ['user-admin'] },
  'user.create_owner': { does: 'make another owner' },
  'organization.read': { does: 'see this organization', roles: members, seenBy: 'organization.read' },
  'template.read': { does: 'see this template', roles: members, seenBy: 'template.read' },
  // An archive can hold what its author did not mean for every member.
  'template.download': { does: 'download template archives', roles: templateAdmins, seenBy: 'template.read' },
  'template.push': { does: 'push template versions', roles: templateAdmins, seenBy: 'organization.read' },
  'template.edit': { does: 'edit templates', roles: templateAdmins, seenBy: 'template.read' },
  'template.delete': { does: 'delete templates', roles: templateAdmins, seenBy: 'template.read' },
  'file.upload': { does: 'upload template archives', roles: templateAdmins },
  'workspace.create': { does: 'make workspaces', roles: members, seenBy: 'organization.read' },
  'workspace.read': { does: 'see this workspace', roles: templateAdmins, own: true, seenBy: 'workspace.read' },
  'workspace.build': { does: 'build this workspace', roles: admins, own: true, seenBy: 'workspace.read' },
  // What is left behind costs the organization, and the members cannot see it.
  'workspace.orphan': { does: 'orphan workspaces', roles: templateAdmins, seenBy: 'workspace.read' },
  // What a daemon out of reach has made may then be made a second time.
  'workspace.release': { does: 'release this workspace', roles: admins, seenBy: 'workspace.read' },
  'workspace.push_state': { does: 'push a state of this workspace', roles: admins, seenBy: 'workspace.read' },
  'workspace.secrets': {
    does: 'read the state and the sensitive values of this workspace',
    roles: admins,
    own: true,
    seenBy: 'workspace.read',
  },
  'import.read': { does: 'see this import', roles: members, seenBy: 'import.read' },
  // The log of an import can show values that the push pinned.
  'import.follow': { does: 'read the log of this import', roles: templateAdmins, own: true, seenBy: 'import.read' },
  'import.cancel': { does: 'cancel this import', roles: templateAdmins, own: true, seenBy: 'import.read' },
  'job.list': { does: 'list the jobs of an organization', roles: templateAdmins, seenBy: 'organization.read' },
  'daemon.drain': { does: 'drain this daemon', roles: templateAdmins, own: true, seenBy: 'organization.read' },
  'daemon.list': { does: 'list provisioner daemons', roles: members, seenBy: 'organization.read' },
  'daemon.serve_organization': {
    does: 'run daemons for the whole organization',
    roles: templateAdmins,
    key: true,
    seenBy: 'organization.read',
  },
  'daemon.serve_own': { does: 'run daemons of their own', roles: members, seenBy: 'organization.read' },
};

/**
 * The one place that decides who may do what.
 *
 * @throws BerthError `not_found` when the actor may not even know of the object, `forbidden` otherwise
 */
export function authorize(actor: UserActor | KeyActor, action: Action, object: AccessObject): void {
  if (may(actor, action, object)) return;
  const { does, seenBy } = rules[action];
  if (seenBy !== undefined && actor.kind === 'user' && !may(actor, seenBy, object)) throw notFound(object.kind);
  throw new BerthError('forbidden', `your roles do not allow you to ${does}`, {
    hint: `It needs the role ${neededRoles(action).join(' or ')}.`,
  });
}

/** Whether `authorize` would let it pass. */
export function may(actor: UserActor | KeyActor, action: Action, object: AccessObject): boolean {
  const rule = rules[action];
  if (actor.kind === 'key') return rule.key === true;
  const { user } = actor;
  if (user.siteRole === 'owner' || rule.site?.includes(user.siteRole)) return true;
  const roles = user.memberships
    .filter(({ organization }) => object.organization === null || organization.id === object.organization)
    .map(({ role }) => role);
  if (rule.roles !== undefined && roles.some(role => rule.roles?.includes(role))) return true;
  return rule.own === true && object.owner === user.id && roles.length > 0;
}

/**
 * The organizations in which a user may do an action to everything, for lists that the store filters; `all` for the
 * site's owner.
 */
export function organizationsWhere({ user }: UserActor, action: Action): string[] | 'all' {
  if (user.siteRole === 'owner') return 'all';
  const { roles = [] } = rules[action];
  return user.memberships.filter(({ role }) => roles.includes(role)).map(({ organization }) => organization.id);
}

/** The answer for what is not there, and for what one may not know of. */
export function notFound(kind: string): BerthError {
  return new BerthError('not_found', `there is no such ${kind}`);
}

function neededRoles(action: Action): string[] {
  const { site = [], roles = [] } = rules[action];
  return ['owner', ...site, ...roles.map(role => (role === 'admin' ? 'admin of the organization' : role))];
}

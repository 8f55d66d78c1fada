import { BERTH_VERSION, BerthError, type TagSet, type ToCoordinator, tagSet } from '@berth/protocol';
import type { OrganizationRecord } from '@berth/store';
import { authorize, may } from '../access/authorize.js';
import type { Core } from '../core.js';
import type { DaemonActor } from './credential.js';

/** The first message of a daemon. */
export type Hello = Extract<ToCoordinator, { type: 'hello' }>;

/** What a daemon is let in as. */
export interface Admission {
  organization: OrganizationRecord;
  provider: string;
  builtIn: boolean;
  tags: TagSet;
  /** Advice for its log. */
  notices: string[];
}

const builtInName = /^built-in-([1-9]\d*)$/;

/**
 * Decides whether a daemon may serve what its hello asks for, with the credential that it came with.
 *
 * @throws BerthError `psk_scope`, `invalid_tag`, `reserved_tag`, `not_found` or `forbidden` for the organization,
 *   `forbidden` for the scope, `daemon_name_taken` for a name that is the coordinator's own
 */
export async function admit(
  core: Pick<Core, 'store' | 'settings'>,
  actor: DaemonActor,
  hello: Hello,
): Promise<Admission> {
  const organization = await findOrganization(core, hello.organization);
  checkOrganization(actor, organization);
  const tags = tagSet(hello.tags, actor.kind === 'user' ? actor.user.id : '');
  checkScope(actor, tags, organization);
  const builtIn = actor.kind === 'key' && actor.builtIn;
  checkName(core, hello.name, builtIn);
  return { organization, provider: 'built-in', builtIn, tags, notices: notices(actor, tags, hello) };
}

async function findOrganization(core: Pick<Core, 'store'>, named: string | null): Promise<OrganizationRecord> {
  if (named === null) return core.store.organizations.getDefault();
  const organization = await core.store.organizations.byIdOrName(named);
  if (organization === null) throw noOrganization(named);
  return organization;
}

function checkOrganization(actor: DaemonActor, { id, name }: OrganizationRecord): void {
  if (actor.kind === 'user') {
    // What they may not see is answered as what is not there.
    if (!may(actor, 'organization.read', { kind: 'organization', organization: id })) throw noOrganization(name);
    return;
  }
  if (actor.organizations === null || actor.organizations.some(allowed => allowed === id || allowed === name)) return;
  throw new BerthError('forbidden', `the pre-shared key '${actor.name}' is not for the organization ${name}`);
}

function noOrganization(named: string): BerthError {
  return new BerthError('not_found', `there is no organization '${named}'`, {
    hint: "Name one of 'berth organizations list' with --org, or leave it out for the default one.",
  });
}

function checkScope(actor: DaemonActor, tags: TagSet, { id }: OrganizationRecord): void {
  const object = { kind: 'organization', organization: id };
  const own = tags.scope === 'user';
  if (!own || actor.kind === 'user') {
    authorize(actor, own ? 'daemon.serve_own' : 'daemon.serve_organization', object);
    return;
  }
  throw new BerthError('psk_scope', 'a daemon with a pre-shared key cannot have the tag scope=user', {
    hint: "It belongs to no user. Start it with that user's session token.",
  });
}

function checkName(core: Pick<Core, 'settings'>, name: string, builtIn: boolean): void {
  const number = Number(builtInName.exec(name)?.[1] ?? 0);
  const itsOwn = number >= 1 && number <= core.settings.provisionerDaemons;
  if (builtIn && !itsOwn) throw new BerthError('forbidden', `this key is not for a daemon named '${name}'`);
  if (!builtIn && number > 0) {
    throw new BerthError('daemon_name_taken', `names such as '${name}' are those of the coordinator's own daemons`);
  }
}

function notices(actor: DaemonActor, tags: TagSet, hello: Hello): string[] {
  const told: string[] = [];
  if (actor.kind === 'user' && tags.scope !== 'user') {
    told.push("connected with a user's token; a pre-shared key is preferred, since it cannot do anything else");
  }
  if (hello.version !== BERTH_VERSION) {
    told.push(`this daemon is of version ${hello.version}, the coordinator of ${BERTH_VERSION}`);
  }
  return told;
}

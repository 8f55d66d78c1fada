import type { User } from '@berth/protocol';

/** `owner; admin of default`: the role on the site, where it is more than a member's, and in each organization. */
export function rolesText({ siteRole, memberships }: User): string {
  const site = siteRole === 'member' && memberships.length > 0 ? [] : [siteRole];
  return [...site, ...memberships.map(({ organization, role }) => `${role} of ${organization.name}`)].join('; ');
}

import { type Client, listAll } from '@berth/client';
import { BerthError, routes } from '@berth/protocol';

/**
 * The organization that a command works in: the one that was named, else the only one, else the default one.
 *
 * @returns name or id, as the routes take it
 */
export async function findOrganization(client: Client, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const organizations = [];
  for await (const organization of listAll(client, routes.listOrganizations, {})) organizations.push(organization);
  const found = organizations.find(organization => organization.default) ?? organizations[0];
  if (found === undefined) throw new BerthError('forbidden', 'you belong to no organization');
  return found.name;
}

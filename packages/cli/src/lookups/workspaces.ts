import { type Client, listAll } from '@berth/client';
import { BerthError, routes, type Workspace } from '@berth/protocol';

/**
 * The workspace that `NAME` (of one's own) or `OWNER/NAME` means.
 *
 * @throws BerthError `not_found`
 */
export async function findWorkspace(client: Client, reference: string): Promise<Workspace> {
  const { owner, name } = splitReference(reference);
  for await (const workspace of listAll(client, routes.listWorkspaces, { query: { owner, name } })) {
    if (workspace.name === name && workspace.deletedAt === null) return workspace;
  }
  throw new BerthError('not_found', `there is no workspace '${reference}'`, {
    hint: "'berth list' shows your own, 'berth list --all' those of others that you may see.",
  });
}

function splitReference(reference: string): { owner: string; name: string } {
  const [first = '', second, ...more] = reference.split('/');
  if (second === undefined) return { owner: 'me', name: first };
  if (first === '' || second === '' || more.length > 0) {
    throw new BerthError('invalid_request', `'${reference}' names no workspace`, { hint: 'Write NAME or OWNER/NAME.' });
  }
  return { owner: first, name: second };
}

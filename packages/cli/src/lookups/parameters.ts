import type { Client } from '@berth/client';
import { openVariables, routes, type VariableDeclaration } from '@berth/protocol';

/** The variables that a version leaves to the users of its workspaces. */
export async function findOpenVariables(client: Client, version: string): Promise<VariableDeclaration[]> {
  const { variables, pinned } = await client.call(routes.getVersion, { params: { version } });
  return openVariables(variables ?? [], pinned);
}

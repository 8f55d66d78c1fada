import type { Client } from '@berth/client';
import { BerthError, routes, type Workspace } from '@berth/protocol';
import { readTarget, type SshTarget } from './sshTarget.js';

/**
 * Where the SSH server of a running workspace is; null when its template has no `ssh` output.
 *
 * @throws BerthError `conflict` when it does not run, `invalid_configuration`
 */
export async function findTarget(client: Client, workspace: Workspace, reference: string): Promise<SshTarget | null> {
  if (workspace.status !== 'running') {
    throw new BerthError('conflict', `workspace ${reference} is ${workspace.status}`, {
      hint: `It must run: 'berth start ${reference}'.`,
    });
  }
  const params = { workspace: workspace.id, number: workspace.latestBuild.number };
  const { outputs } = await client.call(routes.buildResources, { params });
  const output = outputs.find(({ name }) => name === 'ssh');
  if (output === undefined) return null;
  if (!output.sensitive) return readTarget(output.value, reference);
  const revealed = await client.call(routes.buildResources, { params, query: { reveal: 'true' } });
  return readTarget(revealed.outputs.find(({ name }) => name === 'ssh')?.value ?? null, reference);
}

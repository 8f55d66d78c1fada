import type { Client } from '@berth/client';
import { BerthError, routes } from '@berth/protocol';
import { z } from 'zod';
import { insist } from './builds.js';

const state = z.object({
  resources: z.array(
    z.object({ instances: z.array(z.object({ attributes: z.object({ id: z.string() }).nullish() })) }),
  ),
});

/** Ids of the resources in the state that a build ended with. */
export async function idsInState(client: Client, workspace: string, number: number): Promise<Set<string>> {
  const text = await insist(async () => {
    try {
      const response = await client.send(routes.buildState, { params: { workspace, number } });
      return await response.text();
    } catch (error) {
      if (error instanceof BerthError && error.code === 'not_found') return '{"resources": []}';
      throw error;
    }
  });
  const { resources } = state.parse(JSON.parse(text));
  return new Set(resources.flatMap(({ instances }) => instances.flatMap(({ attributes }) => attributes?.id ?? [])));
}

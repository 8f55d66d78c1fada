import type { Client } from '@berth/client';
import { routes } from '@berth/protocol';
import { z } from 'zod';
import { insist } from './builds.js';
import type { Owned } from './verdict.js';

const state = z.object({
  resources: z.array(
    z.object({ instances: z.array(z.object({ attributes: z.object({ id: z.string() }).nullish() })) }),
  ),
});

/** Ids of the resources in the states of a workspace. */
export async function ownedBy(client: Client, workspace: string): Promise<Owned> {
  const present = new Set<string>();
  const salvaged = new Set<string>();
  const { items } = await insist(() => client.call(routes.listStates, { params: { workspace } }));
  for (const { id, kind, current, kept } of items) {
    if (!kept || !(current || kind === 'salvage')) continue;
    const into = current ? present : salvaged;
    for (const resource of await idsIn(client, workspace, id)) into.add(resource);
  }
  return { present, salvaged };
}

async function idsIn(client: Client, workspace: string, id: string): Promise<string[]> {
  const text = await insist(async () => {
    const response = await client.send(routes.downloadState, { params: { workspace, state: id } });
    return response.text();
  });
  const { resources } = state.parse(JSON.parse(text));
  return resources.flatMap(({ instances }) => instances.flatMap(({ attributes }) => attributes?.id ?? []));
}

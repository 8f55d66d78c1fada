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

/** Ids of the resources in the states of a workspace, and what is wrong with those that are none. */
export async function ownedBy(client: Client, workspace: string): Promise<Owned & { broken: string[] }> {
  const present = new Set<string>();
  const salvaged = new Set<string>();
  const broken: string[] = [];
  const { items } = await insist(() => client.call(routes.listStates, { params: { workspace } }));
  for (const { id, kind, current, kept, build } of items) {
    if (!kept || !(current || kind === 'salvage')) continue;
    const into = current ? present : salvaged;
    const ids = await idsIn(client, workspace, id);
    if (ids === null) broken.push(`the ${kind} state of build ${build} is not whole`);
    for (const resource of ids ?? []) into.add(resource);
  }
  return { present, salvaged, broken };
}

/** Null when it is not a whole state. */
async function idsIn(client: Client, workspace: string, id: string): Promise<string[] | null> {
  const text = await insist(async () => {
    const response = await client.send(routes.downloadState, { params: { workspace, state: id } });
    return response.text();
  });
  const read = readState(text);
  if (read === null) return null;
  return read.resources.flatMap(({ instances }) => instances.flatMap(({ attributes }) => attributes?.id ?? []));
}

function readState(text: string): z.infer<typeof state> | null {
  try {
    return state.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

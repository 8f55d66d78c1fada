import type { Paged, Route } from '@berth/protocol';
import type { z } from 'zod';
import type { CallInput, Client } from './client.js';

/** Every item of a list, page by page: a page is asked for when the one before has been used up. */
export async function* listAll<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, T>(
  client: Client,
  route: Route<P, Q, B, z.ZodType<Paged<T>>>,
  input: CallInput<P, Q, B>,
): AsyncGenerator<T, void, undefined> {
  let cursor: string | null = null;
  do {
    const query: object = { ...objectOf(input.query), ...(cursor === null ? {} : { cursor }) };
    const answer: Response = await client.send(route, { ...input, query });
    const page: Paged<T> = route.response.parse(await answer.json());
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

function objectOf(query: unknown): object {
  return typeof query === 'object' && query !== null ? query : {};
}

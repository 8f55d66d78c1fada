import type { Paged } from '@berth/protocol';

/** A page of records as a page of the API's objects. */
export async function pageView<T, V>(page: Paged<T>, view: (item: T) => V | Promise<V>): Promise<Paged<V>> {
  return { items: await Promise.all(page.items.map(view)), nextCursor: page.nextCursor };
}

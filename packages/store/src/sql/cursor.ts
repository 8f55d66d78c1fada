import { BerthError, type Page, type Paged } from '@berth/protocol';
import type { RawBuilder, SqlBool } from 'kysely';
import { sql } from './kysely.js';

/** Where a page ends: the value that the list is ordered by, and the id that breaks ties. */
type Position = [value: string | number, id: string];

/** Order of a list: by a column, then by id, both in one direction. */
interface ListOrder {
  /** Qualified: `jobs.created_at`. */
  by: string;
  id: string;
  direction: 'asc' | 'desc';
}

/**
 * The condition that a row stands after the page's cursor; true without one. A row that comes or goes between two pages
 * moves no other: positions are values, not counts.
 *
 * @throws BerthError `invalid_request` for a cursor that is none
 */
export function afterCursor(page: Page, order: ListOrder): RawBuilder<SqlBool> {
  if (page.cursor === undefined) return sql<SqlBool>`1 = 1`;
  const [value, id] = readCursor(page.cursor);
  const operator = sql.raw(order.direction === 'asc' ? '>' : '<');
  return sql<SqlBool>`(${sql.ref(order.by)}, ${sql.ref(order.id)}) ${operator} (${value}, ${id})`;
}

/** Makes the page of `limit + 1` rows that were read: the one too many says that another page follows. */
export function cutPage<T>(rows: readonly T[], page: Page, position: (row: T) => Position): Paged<T> {
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  const more = rows.length > page.limit && last !== undefined;
  return { items, nextCursor: more ? writeCursor(position(last)) : null };
}

function writeCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function readCursor(cursor: string): Position {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (cause) {
    throw wrong(cause);
  }
  if (!Array.isArray(read) || read.length !== 2) throw wrong();
  const [value, id]: unknown[] = read;
  if ((typeof value !== 'string' && typeof value !== 'number') || typeof id !== 'string') throw wrong();
  return [value, id];
}

function wrong(cause?: unknown): BerthError {
  return new BerthError('invalid_request', 'the cursor is not one of this list', { cause });
}

import type { Kysely } from 'kysely';
import { sql } from '../sql/kysely.js';
import type { Tables } from '../sql/tables/index.js';

/** The database's clock, milliseconds since 1970. The one clock of all coordinators that share the database. */
export const NOW = 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now';

/**
 * The moment at which the transaction began. Its connection has asked for it with the same message that began the
 * transaction and answers this query itself: it costs no trip to the server.
 */
export async function askNow(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql.raw<{ now: number }>(NOW).execute(db);
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('the database did not tell the time');
  return now;
}

import type { Problem } from '../../contract/maintenance.js';
import type { StoreContext } from '../context.js';
import { sql } from '../kysely.js';

/** Columns that name a row of another table without the database knowing it, and may not name one that is not there. */
const references = [
  ['workspaces', 'latest_build_id', 'builds'],
  ['workspaces', 'incomplete_build_id', 'builds'],
  ['templates', 'active_version_id', 'template_versions'],
  ['jobs', 'version_id', 'template_versions'],
  ['states', 'build_id', 'builds'],
  ['states', 'pushed_by', 'users'],
] as const;

/** Most that are told of one sort. */
const MOST = 20;

/** Finds names of rows that are not there, and blobs whose pieces are not what their row says. */
export async function verifyReferences({ database }: StoreContext, tell: (problem: Problem) => void): Promise<void> {
  for (const [table, column, target] of references) {
    const { rows } = await database.read(tx =>
      sql<{
        id: string;
        named: string;
      }>`select ${sql.ref(`${table}.id`)} as id, ${sql.ref(`${table}.${column}`)} as named
        from ${sql.table(table)} left join ${sql.table(target)} as target on target.id = ${sql.ref(`${table}.${column}`)}
        where ${sql.ref(`${table}.${column}`)} is not null and target.id is null limit ${sql.lit(MOST)}`.execute(tx.db),
    );
    for (const { id, named } of rows) {
      tell({ kind: 'reference', id, problem: `${table}.${column} names '${named}', which is not there` });
    }
  }
  const { rows: blobs } = await database.read(tx =>
    sql<{ id: string; kind: 'state' | 'archive'; received: number; there: number }>`
      select blobs.id, blobs.kind, blobs.received_bytes as received, coalesce(sum(blob_chunks.size_bytes), 0) as there
      from blobs left join blob_chunks on blob_chunks.blob_id = blobs.id
      group by blobs.id, blobs.kind, blobs.received_bytes
      having blobs.received_bytes <> coalesce(sum(blob_chunks.size_bytes), 0) limit ${sql.lit(MOST)}`.execute(tx.db),
  );
  for (const { id, kind, received, there } of blobs) {
    tell({ kind, id, problem: `${received} bytes have arrived, and ${there} are there` });
  }
}

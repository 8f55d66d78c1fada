import type { RawBuilder, SqlBool } from 'kysely';
import { places } from '../../vault/places.js';
import type { StoreContext } from '../context.js';
import { sql } from '../kysely.js';

/** A sealed value with what tells where it stands. */
interface SealedValue {
  /** The row, and the place that the value is bound to. */
  key: Record<string, string | number>;
  place: string;
  sealed: Uint8Array;
}

/** A column of sealed values, but for the pieces of blobs. */
export interface SealedColumn {
  table: 'states' | 'results' | 'template_versions' | 'builds' | 'passing_values';
  column: string;
  /** Columns that name a row, in the order of the index that they are read by. */
  key: readonly string[];
  place(key: Record<string, string | number>): string;
}

/** Every column that holds sealed values. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'states', column: 'sealed_digest', key: ['id'], place: key => places.stateDigest(String(key.id)) },
  {
    table: 'results',
    column: 'sealed',
    key: ['job_id', 'attempt'],
    place: key => places.result(String(key.job_id), Number(key.attempt)),
  },
  { table: 'template_versions', column: 'sealed_pinned', key: ['id'], place: key => places.pinned(String(key.id)) },
  { table: 'builds', column: 'sealed_parameters', key: ['id'], place: key => places.parameters(String(key.id)) },
  { table: 'passing_values', column: 'sealed', key: ['job_id'], place: key => places.passing(String(key.job_id)) },
];

/** Values that are read at once: results are of 16 MiB at most, compressed, and mostly of some kilobytes. */
const BATCH = 16;

/** Reads a column in pages, by its key. */
export async function* readSealed({ database }: StoreContext, column: SealedColumn): AsyncGenerator<SealedValue> {
  const names = column.key.map(name => sql.ref(name));
  let after: SealedValue['key'] | null = null;
  for (;;) {
    const from: SealedValue['key'] | null = after;
    const values = column.key.map(name => from?.[name]);
    const behind: RawBuilder<SqlBool> = from === null ? sql`1 = 1` : sql`(${sql.join(names)}) > (${sql.join(values)})`;
    const { rows } = await database.read(tx =>
      sql<Record<string, string | number> & { sealed: Uint8Array }>`
        select ${sql.join(names)}, ${sql.ref(column.column)} as sealed from ${sql.table(column.table)}
        where ${behind} order by ${sql.join(names)} limit ${sql.lit(BATCH)}`.execute(tx.db),
    );
    for (const { sealed, ...key } of rows) {
      yield { key, place: column.place(key), sealed };
      after = key;
    }
    if (rows.length < BATCH) return;
  }
}

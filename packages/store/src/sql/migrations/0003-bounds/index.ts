import { sql } from '../../kysely.js';
import type { Migration } from '../migration.js';

/** What it takes to bound a job's log and to find contents that nobody needs. */
export const bounds: Migration = {
  name: 'bounds',
  async up(db, { columns: { integer } }) {
    await db.schema
      .alterTable('log_batches')
      .addColumn('total_bytes', integer, column => column.notNull().defaultTo(0))
      .execute();
    await sql`update log_batches set total_bytes = (select sum(size_bytes) from log_batches as upto
      where upto.job_id = log_batches.job_id and upto.last_seq <= log_batches.last_seq)`.execute(db);
    await db.schema.alterTable('jobs').addColumn('log_head_seq', integer).execute();
    await db.schema
      .createIndex('templates_deleted')
      .on('templates')
      .column('deleted_at')
      .where(sql.ref('deleted_at'), 'is not', null)
      .execute();
  },
};

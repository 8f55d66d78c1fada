import { sql } from '../../kysely.js';
import type { Migration } from '../migration.js';

/** What is kept until a job has ended, and dry runs. */
export const passingValues: Migration = {
  name: 'passing values',
  async up(db, capabilities) {
    const { integer, bytes } = capabilities.columns;
    await db.schema
      .createTable('passing_values')
      .addColumn('job_id', 'text', column => column.primaryKey().references('jobs.id'))
      .addColumn('sealed', bytes, column => column.notNull())
      .$call(table => capabilities.finishTable(table))
      .execute();
    // The samples of an import go with its job from now on. One that waits in this moment makes no plan.
    await db.schema.alterTable('template_versions').dropColumn('sealed_samples').execute();

    await db.schema
      .createTable('dry_runs')
      .addColumn('job_id', 'text', column => column.primaryKey().references('jobs.id'))
      .addColumn('workspace_id', 'text', column => column.references('workspaces.id'))
      .addColumn('transition', 'text', column => column.notNull())
      .addColumn('input_state_id', 'text', column => column.references('states.id'))
      .$call(table => capabilities.finishTable(table))
      .execute();
    await db.schema
      .createIndex('dry_runs_by_input_state')
      .on('dry_runs')
      .column('input_state_id')
      .where(sql.ref('input_state_id'), 'is not', null)
      .execute();
    await db.schema
      .alterTable('template_versions')
      .addColumn('draft', integer, column => column.notNull().defaultTo(0))
      .execute();
  },
};

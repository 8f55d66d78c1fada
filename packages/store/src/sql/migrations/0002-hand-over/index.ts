import type { Capabilities } from '../../capabilities.js';
import { sql } from '../../kysely.js';
import type { Migration, MigrationDb } from '../migration.js';

/** What it takes to give attempts up and to take their states all the same. */
export const handOver: Migration = {
  name: 'hand over',
  async up(db, capabilities) {
    await extendJobs(db, capabilities);
    await extendStates(db, capabilities);
    await extendWorkspaces(db, capabilities);
    await createBeats(db, capabilities);
  },
};

async function extendJobs(db: MigrationDb, { columns: { integer } }: Capabilities): Promise<void> {
  for (const column of ['hold_ms', 'lost_after_ms', 'cancel_grace_ms', 'give_up_at']) {
    await db.schema.alterTable('jobs').addColumn(column, integer).execute();
  }
  await db.schema
    .createIndex('jobs_given_up')
    .on('jobs')
    .column('give_up_at')
    .where(sql.ref('give_up_at'), 'is not', null)
    .execute();
  // With the protocol's lost-after of that time: an earlier version gave nothing up.
  await sql`update jobs set give_up_at = unreachable_since + 1800000 where unreachable_since is not null`.execute(db);
  await db.schema.alterTable('attempts').addColumn('instance', 'text').execute();
  await sql`update attempts set instance = (select instance from daemons where daemons.id = attempts.daemon_id)
    where accepted_at is not null and ended_at is null`.execute(db);
}

async function extendStates(db: MigrationDb, { columns: { integer } }: Capabilities): Promise<void> {
  const states = () => db.schema.alterTable('states');
  await states().addColumn('build_id', 'text').execute();
  await states().addColumn('attempt', integer).execute();
  await states()
    .addColumn('kind', 'text', column => column.notNull().defaultTo('final'))
    .execute();
  await states().addColumn('pushed_by', 'text').execute();
  await states().addColumn('dropped_at', integer).execute();
  await db.schema
    .alterTable('attempts')
    .addColumn('salvage_id', 'text', column => column.references('states.id'))
    .execute();

  await sql`update states set
    build_id = (select id from builds where builds.state_id = states.id order by number limit 1),
    attempt = (select jobs.attempt from jobs join builds on builds.job_id = jobs.id
      where builds.state_id = states.id order by builds.number limit 1)`.execute(db);
  await sql`update states set kind = 'snapshot',
    attempt = (select number from attempts where attempts.snapshot_id = states.id),
    build_id = (select builds.id from builds
      join attempts on attempts.job_id = builds.job_id where attempts.snapshot_id = states.id)
    where id in (select snapshot_id from attempts where snapshot_id is not null)`.execute(db);
  await db.schema.createIndex('states_by_build').on('states').column('build_id').execute();
  // What a state is named by is looked up when one goes.
  await db.schema.createIndex('builds_by_state').on('builds').column('state_id').execute();
  await db.schema.createIndex('builds_by_input_state').on('builds').column('input_state_id').execute();
  for (const name of ['snapshot_id', 'salvage_id']) {
    await db.schema
      .createIndex(`attempts_by_${name.slice(0, -3)}`)
      .on('attempts')
      .column(name)
      .where(sql.ref(name), 'is not', null)
      .execute();
  }
}

async function extendWorkspaces(db: MigrationDb, { columns: { integer } }: Capabilities): Promise<void> {
  const workspaces = () => db.schema.alterTable('workspaces');
  await workspaces().addColumn('incomplete_build_id', 'text').execute();
  await workspaces().addColumn('incomplete_attempt', integer).execute();
  await workspaces().addColumn('incomplete_since', integer).execute();
  await workspaces()
    .addColumn('incomplete_accepted', integer, column => column.notNull().defaultTo(0))
    .execute();
}

async function createBeats(db: MigrationDb, capabilities: Capabilities): Promise<void> {
  const { integer } = capabilities.columns;
  await db.schema
    .createTable('beats')
    .addColumn('id', integer, column => column.primaryKey())
    .addColumn('at', integer, column => column.notNull())
    .$call(table => capabilities.finishTable(table))
    .execute();
  await sql`insert into beats (id, at) values (1, 0)`.execute(db);
}

import type { Capabilities } from '../../capabilities.js';
import { sql } from '../../kysely.js';
import type { MigrationDb } from '../migration.js';

/** Repeats the protocol's `statusOf`; the conformance suite compares the two. */
const status = sql`case
  when finished_at is not null then
    case when error_code is null then 'succeeded' when error_code = 'canceled' then 'canceled' else 'failed' end
  when cancel_requested_at is not null then 'canceling'
  when started_at is null then 'pending'
  else 'running'
end`;

/** Daemons, jobs, their attempts, results and logs. */
export async function createJobs(db: MigrationDb, capabilities: Capabilities): Promise<void> {
  await createDaemons(db, capabilities);
  const { integer, bytes } = capabilities.columns;

  await db.schema
    .createTable('jobs')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('type', 'text', column => column.notNull())
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('version_id', 'text', column => column.notNull())
    .addColumn('lane_id', integer, column => column.notNull().references('lanes.id'))
    .addColumn('priority', integer, column => column.notNull())
    .addColumn('start_tag', integer, column => column.notNull())
    .addColumn('initiator_id', 'text', column => column.references('users.id'))
    .addColumn('owner_id', 'text', column => column.notNull().references('users.id'))
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('attempt', integer, column => column.notNull())
    .addColumn('lost_attempts', integer, column => column.notNull())
    .addColumn('offered_at', integer)
    .addColumn('offer_expires_at', integer)
    .addColumn('started_at', integer)
    .addColumn('lease_expires_at', integer)
    .addColumn('apply_started_at', integer)
    .addColumn('unreachable_since', integer)
    .addColumn('cancel_requested_at', integer)
    .addColumn('hard_cancel_requested_at', integer)
    .addColumn('finished_at', integer)
    .addColumn('error_code', 'text')
    .addColumn('status', 'text', column => column.generatedAlwaysAs(status).stored().notNull())
    .addColumn('phase', 'text')
    .addColumn('daemon_id', 'text', column => column.references('daemons.id'))
    .addColumn('error', 'text')
    .addColumn('notes', 'text', column => column.notNull())
    .addColumn('result_attempt', integer)
    .$call(table => capabilities.finishTable(table))
    .execute();
  await createJobIndexes(db);

  await db.schema
    .createTable('attempts')
    .addColumn('job_id', 'text', column => column.notNull().references('jobs.id'))
    .addColumn('number', integer, column => column.notNull())
    .addColumn('daemon_id', 'text', column => column.notNull().references('daemons.id'))
    .addColumn('engine_name', 'text', column => column.notNull())
    .addColumn('engine_version', 'text', column => column.notNull())
    .addColumn('token_hash', 'text', column => column.unique())
    .addColumn('offered_at', integer, column => column.notNull())
    .addColumn('accepted_at', integer)
    .addColumn('apply_started_at', integer)
    .addColumn('ended_at', integer)
    .addColumn('ended_how', 'text')
    .addColumn('snapshot_id', 'text', column => column.references('states.id'))
    .addColumn('logged', integer, column => column.notNull())
    .addPrimaryKeyConstraint('attempts_pkey', ['job_id', 'number'])
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('results')
    .addColumn('job_id', 'text', column => column.notNull())
    .addColumn('attempt', integer, column => column.notNull())
    .addColumn('engine_name', 'text', column => column.notNull())
    .addColumn('engine_version', 'text', column => column.notNull())
    .addColumn('sealed', bytes, column => column.notNull())
    .addPrimaryKeyConstraint('results_pkey', ['job_id', 'attempt'])
    .addForeignKeyConstraint('results_attempt', ['job_id', 'attempt'], 'attempts', ['job_id', 'number'])
    .$call(table => capabilities.finishTable(table))
    .execute();

  await db.schema
    .createTable('log_batches')
    .addColumn('job_id', 'text', column => column.notNull().references('jobs.id'))
    .addColumn('first_seq', integer, column => column.notNull())
    .addColumn('last_seq', integer, column => column.notNull())
    .addColumn('attempt', integer, column => column.notNull())
    .addColumn('size_bytes', integer, column => column.notNull())
    .addColumn('content', bytes, column => column.notNull())
    .addPrimaryKeyConstraint('log_batches_pkey', ['job_id', 'last_seq'])
    .$call(table => capabilities.finishTable(table))
    .execute();
}

/**
 * Jobs that wait are in the two `queued` indexes and nowhere else hot: a finished job leaves them, so that claiming costs
 * the same in a coordinator of any age.
 */
async function createJobIndexes(db: MigrationDb): Promise<void> {
  const index = (name: string, columns: string[]) => db.schema.createIndex(name).on('jobs').columns(columns);
  const [offered, finished] = [sql.ref('offered_at'), sql.ref('finished_at')];

  await index('jobs_queued_by_share', ['lane_id', 'priority', 'start_tag', 'created_at', 'id'])
    .where(finished, 'is', null)
    .where(offered, 'is', null)
    .execute();
  await index('jobs_queued_by_age', ['lane_id', 'created_at', 'id'])
    .where(finished, 'is', null)
    .where(offered, 'is', null)
    .execute();
  await index('jobs_held_by_daemon', ['daemon_id'])
    .where(finished, 'is', null)
    .where(offered, 'is not', null)
    .execute();
  await index('jobs_offered', ['offer_expires_at']).where(sql.ref('offer_expires_at'), 'is not', null).execute();
  await index('jobs_leased', ['lease_expires_at'])
    .where(sql.ref('lease_expires_at'), 'is not', null)
    .where(sql.ref('unreachable_since'), 'is', null)
    .execute();
  await index('jobs_by_age', ['organization_id', 'created_at', 'id']).execute();
  await index('jobs_by_status', ['organization_id', 'status', 'created_at', 'id']).execute();
}

async function createDaemons(db: MigrationDb, capabilities: Capabilities): Promise<void> {
  const { integer } = capabilities.columns;
  await db.schema
    .createTable('daemons')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('provider', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('built_in', integer, column => column.notNull())
    .addColumn('tags', 'text', column => column.notNull())
    .addColumn('slots', integer, column => column.notNull())
    .addColumn('version', 'text', column => column.notNull())
    .addColumn('protocol', integer, column => column.notNull())
    .addColumn('engine_name', 'text', column => column.notNull())
    .addColumn('engine_version', 'text', column => column.notNull())
    .addColumn('platform', 'text', column => column.notNull())
    .addColumn('hostname', 'text', column => column.notNull())
    .addColumn('sandbox', 'text', column => column.notNull())
    .addColumn('instance', 'text', column => column.notNull())
    .addColumn('connected', integer, column => column.notNull())
    .addColumn('draining', integer, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('last_seen_at', integer, column => column.notNull())
    .addUniqueConstraint('daemons_key', ['organization_id', 'provider', 'name'])
    .$call(table => capabilities.finishTable(table))
    .execute();
  await db.schema.createIndex('daemons_by_name').on('daemons').columns(['organization_id', 'name', 'id']).execute();
}

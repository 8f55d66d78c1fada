import type { JobFacts } from '@berth/protocol';
import type { Kysely } from 'kysely';
import type { JobRecord, JobTimes } from '../../contract/jobs.js';
import type { Tx } from '../database.js';
import { requirementsOf } from '../queue/lanes.js';
import type { Tables } from '../tables/index.js';

/** The columns of the facts that the protocol's lifecycle decides on. `type` never changes. */
export const factColumns = {
  attempt: 'attempt',
  lostAttempts: 'lost_attempts',
  offeredAt: 'offered_at',
  offerExpiresAt: 'offer_expires_at',
  startedAt: 'started_at',
  leaseExpiresAt: 'lease_expires_at',
  applyStartedAt: 'apply_started_at',
  unreachableSince: 'unreachable_since',
  cancelRequestedAt: 'cancel_requested_at',
  hardCancelRequestedAt: 'hard_cancel_requested_at',
  finishedAt: 'finished_at',
  errorCode: 'error_code',
} as const satisfies Record<Exclude<keyof JobFacts, 'type'>, string>;

/** Reads jobs with everything that a record holds. */
export function selectJobs(db: Kysely<Tables>) {
  return db
    .selectFrom('jobs')
    .innerJoin('organizations', 'organizations.id', 'jobs.organization_id')
    .innerJoin('lanes', 'lanes.id', 'jobs.lane_id')
    .innerJoin('queues', 'queues.id', 'lanes.queue_id')
    .innerJoin('tag_sets', 'tag_sets.id', 'queues.tag_set_id')
    .leftJoin('daemons', 'daemons.id', 'jobs.daemon_id')
    .select([
      'jobs.id',
      'jobs.type',
      'jobs.attempt',
      'jobs.lost_attempts as lostAttempts',
      'jobs.offered_at as offeredAt',
      'jobs.offer_expires_at as offerExpiresAt',
      'jobs.started_at as startedAt',
      'jobs.lease_expires_at as leaseExpiresAt',
      'jobs.apply_started_at as applyStartedAt',
      'jobs.unreachable_since as unreachableSince',
      'jobs.cancel_requested_at as cancelRequestedAt',
      'jobs.hard_cancel_requested_at as hardCancelRequestedAt',
      'jobs.finished_at as finishedAt',
      'jobs.error_code as errorCode',
      'jobs.created_at as createdAt',
      'jobs.initiator_id as initiatorId',
      'jobs.owner_id as ownerId',
      'jobs.phase',
      'jobs.error',
      'jobs.notes',
      'jobs.hold_ms as holdMs',
      'jobs.lost_after_ms as lostAfterMs',
      'jobs.cancel_grace_ms as cancelGraceMs',
      'jobs.give_up_at as giveUpAt',
      'jobs.version_id as versionId',
      'jobs.lane_id as laneId',
      'jobs.priority',
      'jobs.start_tag as startTag',
      'queues.id as queueId',
      'queues.organization_id as organization',
      'organizations.name as organizationName',
      'queues.provider',
      'queues.engine_name as engine',
      'lanes.minimum_engine_version as minimumEngineVersion',
      'tag_sets.key as tagKey',
      'jobs.daemon_id as daemonId',
      'daemons.name as daemonName',
    ]);
}

/** One job, held in a transaction that writes. */
export async function findJob(tx: Tx, id: string): Promise<JobRow | undefined> {
  await tx.hold('jobs', id);
  return readJob(tx, id);
}

/** One job as it is, held or not. */
export async function readJob(tx: Tx, id: string): Promise<JobRow | undefined> {
  const rows = await tx.prepared('one job', [id], () => selectJobs(tx.db).where('jobs.id', '=', id));
  return rows[0];
}

export type JobRow = Awaited<ReturnType<ReturnType<typeof selectJobs>['executeTakeFirstOrThrow']>>;

export function jobRecord(row: JobRow): JobRecord {
  return {
    id: row.id,
    type: row.type,
    attempt: row.attempt,
    lostAttempts: row.lostAttempts,
    offeredAt: row.offeredAt,
    offerExpiresAt: row.offerExpiresAt,
    startedAt: row.startedAt,
    leaseExpiresAt: row.leaseExpiresAt,
    applyStartedAt: row.applyStartedAt,
    unreachableSince: row.unreachableSince,
    cancelRequestedAt: row.cancelRequestedAt,
    hardCancelRequestedAt: row.hardCancelRequestedAt,
    finishedAt: row.finishedAt,
    errorCode: row.errorCode,
    ...requirementsOf(row),
    organizationName: row.organizationName,
    createdAt: row.createdAt,
    initiatorId: row.initiatorId,
    ownerId: row.ownerId,
    phase: row.phase,
    daemon: row.daemonId === null || row.daemonName === null ? null : { id: row.daemonId, name: row.daemonName },
    error: row.error === null ? null : JSON.parse(row.error),
    notes: JSON.parse(row.notes),
    times: timesOf(row),
    giveUpAt: row.giveUpAt,
  };
}

function timesOf({ holdMs, lostAfterMs, cancelGraceMs }: JobRow): JobTimes | null {
  if (holdMs === null || lostAfterMs === null || cancelGraceMs === null) return null;
  return { holdMs, lostAfterMs, cancelGraceMs };
}

/** The records of these jobs, by id. */
export async function jobRecords(db: Kysely<Tables>, ids: readonly string[]): Promise<(id: string) => JobRecord> {
  const rows = ids.length === 0 ? [] : await selectJobs(db).where('jobs.id', 'in', ids).execute();
  const records = new Map(rows.map(row => [row.id, jobRecord(row)]));
  return id => {
    const record = records.get(id);
    if (record === undefined) throw new Error(`job ${id} is not there`);
    return record;
  };
}

import type { AttemptRef, Engine } from '@berth/protocol';
import type { Tx } from '../database.js';
import type { AttemptEnd } from '../tables/jobs.js';

/** What operations look at of an attempt. */
export interface AttemptRow {
  daemonId: string;
  /** The daemon's engine: what writes the state. */
  engine: Engine;
  endedHow: AttemptEnd | null;
  snapshotId: string | null;
}

export async function findAttempt(tx: Tx, ref: AttemptRef): Promise<AttemptRow | null> {
  const row = await tx.db
    .selectFrom('attempts')
    .select([
      'daemon_id as daemonId',
      'engine_name as engineName',
      'engine_version as engineVersion',
      'ended_how as endedHow',
      'snapshot_id as snapshotId',
    ])
    .where('job_id', '=', ref.job)
    .where('number', '=', ref.attempt)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { engineName, engineVersion, ...rest } = row;
  return { ...rest, engine: { name: engineName, version: engineVersion } };
}

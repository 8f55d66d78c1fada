import type { AttemptRef, Engine } from '@berth/protocol';
import type { Tx } from '../database.js';
import type { AttemptEnd } from '../tables/jobs.js';

/** What operations look at of an attempt. */
export interface AttemptRow {
  daemonId: string;
  /** The daemon's engine: what writes the state. */
  engine: Engine;
  acceptedAt: number | null;
  endedHow: AttemptEnd | null;
  snapshotId: string | null;
  salvageId: string | null;
  /** Data directory that it was accepted with. */
  instance: string | null;
}

export async function findAttempt(tx: Tx, ref: AttemptRef): Promise<AttemptRow | null> {
  const row = await tx.db
    .selectFrom('attempts')
    .select([
      'daemon_id as daemonId',
      'engine_name as engineName',
      'engine_version as engineVersion',
      'accepted_at as acceptedAt',
      'ended_how as endedHow',
      'snapshot_id as snapshotId',
      'salvage_id as salvageId',
      'instance',
    ])
    .where('job_id', '=', ref.job)
    .where('number', '=', ref.attempt)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { engineName, engineVersion, ...rest } = row;
  return { ...rest, engine: { name: engineName, version: engineVersion } };
}

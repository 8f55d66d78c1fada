import { type ErrorBody, maxLostAttempts } from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import type { Tx } from '../database.js';

/** Why a job fails that has lost too many attempts: on which daemons. */
export async function errorOfLost(tx: Tx, job: JobRecord): Promise<ErrorBody> {
  const lost = await tx.db
    .selectFrom('attempts')
    .innerJoin('daemons', 'daemons.id', 'attempts.daemon_id')
    .select('daemons.name')
    .where('attempts.job_id', '=', job.id)
    .where('attempts.ended_how', 'in', ['lost', 'not_started'])
    .orderBy('attempts.number')
    .execute();
  return {
    code: 'attempts_exhausted',
    message: `${maxLostAttempts} attempts were lost before they changed anything, on ${lost.map(row => row.name).join(', ')}`,
    hint: 'Look at the logs of these daemons, then start it again.',
    fields: null,
  };
}

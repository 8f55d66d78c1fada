import { statusOf } from '@berth/protocol';
import type { Problem, Verification } from '../../contract/maintenance.js';
import type { StoreContext } from '../context.js';
import { jobRecord, selectJobs } from '../jobs/jobRow.js';
import { impossibleFacts } from './lifecycleFacts.js';
import { verifyContents } from './verifyContents.js';
import { verifyReferences } from './verifyReferences.js';
import { verifySealed } from './verifySealed.js';

/** Most problems that are told. */
const MOST = 1_000;
/** Jobs that are read at once. */
const BATCH = 200;

/**
 * Looks at everything.
 *
 * @param structure what the database says of itself
 */
export async function verify(context: StoreContext, structure: () => Promise<string[]>): Promise<Verification> {
  const problems: Problem[] = [];
  const tell = (problem: Problem) => {
    if (problems.length < MOST) problems.push(problem);
  };
  for (const problem of await structure()) tell({ kind: 'database', id: '', problem });
  const jobs = await verifyJobs(context, tell);
  const logs = await verifyLogs(context, tell);
  await verifyReferences(context, tell);
  await verifySealed(context, tell);
  const contents = await verifyContents(context, tell);
  return { jobs, logs, ...contents, problems };
}

async function verifyJobs({ database }: StoreContext, tell: (problem: Problem) => void): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const rows = await database.read(tx =>
      selectJobs(tx.db)
        .select('jobs.status')
        .leftJoin('attempts', join =>
          join.onRef('attempts.job_id', '=', 'jobs.id').onRef('attempts.number', '=', 'jobs.attempt'),
        )
        .select(['attempts.number as attemptNumber', 'attempts.ended_at as endedAt'])
        .where('jobs.id', '>', after)
        .orderBy('jobs.id')
        .limit(BATCH)
        .execute(),
    );
    for (const { status, attemptNumber, endedAt, ...row } of rows) {
      const job = jobRecord(row);
      const say = (problem: string) => tell({ kind: 'job', id: job.id, problem });
      const impossible = impossibleFacts(job);
      if (impossible !== null) say(impossible);
      if (status !== statusOf(job)) say(`its status is ${status}, and its facts say ${statusOf(job)}`);
      if ((job.giveUpAt === null) !== (job.unreachableSince === null)) {
        say('it has a time to be given up at, or lacks one');
      }
      if (job.attempt > 0 && attemptNumber === null) say(`attempt ${job.attempt} is not there`);
      const owned = job.finishedAt === null && job.offeredAt !== null;
      if (job.attempt > 0 && owned !== (endedAt === null)) {
        tell({ kind: 'attempt', id: `${job.id}/${job.attempt}`, problem: 'it owns its job and has ended, or neither' });
      }
    }
    count += rows.length;
    after = rows.at(-1)?.id ?? '';
    if (rows.length < BATCH) return count;
  }
}

/** Batches follow one another without a gap, but for the one after the head of a log that is too long. */
async function verifyLogs({ database }: StoreContext, tell: (problem: Problem) => void): Promise<number> {
  let count = 0;
  let last = { jobId: '', seq: 0 };
  for (;;) {
    const rows = await database.read(tx =>
      tx.db
        .selectFrom('log_batches')
        .innerJoin('jobs', 'jobs.id', 'log_batches.job_id')
        .select([
          'log_batches.job_id as jobId',
          'log_batches.first_seq as firstSeq',
          'log_batches.last_seq as lastSeq',
          'jobs.log_head_seq as headSeq',
        ])
        .where(eb =>
          eb.or([
            eb('log_batches.job_id', '>', last.jobId),
            eb.and([eb('log_batches.job_id', '=', last.jobId), eb('log_batches.last_seq', '>', last.seq)]),
          ]),
        )
        .orderBy('log_batches.job_id')
        .orderBy('log_batches.last_seq')
        .limit(10 * BATCH)
        .execute(),
    );
    for (const { jobId, firstSeq, lastSeq, headSeq } of rows) {
      const before = jobId === last.jobId ? last.seq : 0;
      if (jobId !== last.jobId) count++;
      const follows = firstSeq === before + 1 || before === headSeq;
      if (!follows) {
        tell({ kind: 'log', id: jobId, problem: `entries ${before + 1} to ${firstSeq - 1} are not there` });
      }
      last = { jobId, seq: lastSeq };
    }
    if (rows.length < 10 * BATCH) return count;
  }
}

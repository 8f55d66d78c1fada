import { BerthError, type ErrorBody, stageOf, transition } from '@berth/protocol';
import type { JobRecord } from '../../contract/jobs.js';
import type { StoreContext } from '../context.js';
import type { Tx } from '../database.js';
import { markIncomplete } from '../workspaces/incomplete.js';
import { settleBuild } from '../workspaces/settleBuild.js';
import { findAttempt } from './attemptRow.js';
import { endAttempt, fenced, type LockedJob, lockJob, saveJob } from './lockedJob.js';

/** Gives an unreachable attempt up because an admin says so. */
export async function release(context: StoreContext, jobId: string, by: string): Promise<JobRecord> {
  return context.database.write(async tx => {
    const job = await lockJob(tx, jobId);
    if (stageOf(job.record) !== 'unreachable') {
      throw new BerthError('illegal_transition', 'only a build whose daemon cannot be reached can be released', {
        hint: "Nothing is held. To end a running build, use 'berth cancel'.",
      });
    }
    return giveUp(tx, context, job, `released by ${by}`);
  });
}

/**
 * Fails an unreachable job and fences its attempt. What is known of the state is its newest snapshot, which becomes the
 * state; what the attempt has made since is not in it, and the workspace says so.
 */
export async function giveUp(tx: Tx, { vault }: StoreContext, job: LockedJob, why: string): Promise<JobRecord> {
  const { record } = job;
  const ref = { job: record.id, attempt: record.attempt };
  const attempt = await findAttempt(tx, ref);
  if (attempt === null) throw fenced(ref);
  const facts = transition(record, { type: 'give_up' }, tx.now);
  const error = lostError(record);
  await settleBuild(tx, vault, record, attempt, { error, state: null, result: false });
  await markIncomplete(tx, ref);
  await endAttempt(tx, ref, 'given_up');
  const note = `attempt ${record.attempt}: daemon ${record.daemon?.name} could not be reached: ${why}`;
  return saveJob(tx, job, { facts, error, note });
}

function lostError({ attempt, daemon }: JobRecord): ErrorBody {
  return {
    code: 'daemon_lost',
    message: `daemon ${daemon?.name} could not be reached while attempt ${attempt} was changing things`,
    hint: 'The state may lack what it made. When the daemon comes back, it hands its state in.',
    fields: null,
  };
}

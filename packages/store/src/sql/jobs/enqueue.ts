import { type JobRequirements, type JobType, newJobFacts } from '@berth/protocol';
import type { Tx } from '../database.js';
import { takeStartTag } from '../queue/fairShare.js';
import { internLane } from '../queue/intern.js';

interface NewJob extends JobRequirements {
  id: string;
  type: JobType;
  /** The template version that it imports or runs. */
  versionId: string;
  initiatorId: string | null;
  ownerId: string;
  /** There is nothing to do: the job begins as one that has succeeded. */
  done?: boolean;
}

/** Priority classes, foremost first: builds that people wait for; their imports and dry runs; what nobody asked for. */
function priorityOf(job: { type: JobType; initiatorId: string | null }): number {
  if (job.initiatorId === null) return 2;
  return job.type === 'workspace_build' ? 0 : 1;
}

/** Makes a job, at the end of its queue. */
export async function enqueue(tx: Tx, job: NewJob): Promise<void> {
  const { laneId, queueId } = await internLane(tx, job);
  const priority = priorityOf(job);
  const startTag = job.done === true ? 0 : await takeStartTag(tx, { queueId, priority }, job.initiatorId);
  const facts = newJobFacts(job.type);
  await tx.db
    .insertInto('jobs')
    .values({
      id: job.id,
      type: job.type,
      organization_id: job.organization,
      version_id: job.versionId,
      lane_id: laneId,
      priority,
      start_tag: startTag,
      initiator_id: job.initiatorId,
      owner_id: job.ownerId,
      created_at: tx.now,
      attempt: facts.attempt,
      lost_attempts: facts.lostAttempts,
      finished_at: job.done === true ? tx.now : null,
      notes: '[]',
    })
    .execute();
}

import { type JobRequirements, type TagSet, tagSetKey } from '@berth/protocol';
import type { Tx } from '../database.js';

/** Finds or makes the tag set and returns its id. */
export async function internTagSet(tx: Tx, tags: TagSet): Promise<number> {
  const key = tagSetKey(tags);
  const find = () => tx.db.selectFrom('tag_sets').select('id').where('key', '=', key).executeTakeFirst();
  const found = await find();
  if (found !== undefined) return found.id;
  await tx.db
    .insertInto('tag_sets')
    .values({ key })
    .onConflict(conflict => conflict.doNothing())
    .execute();
  const made = await find();
  if (made === undefined) throw new Error('a tag set that was just made is not there');
  return made.id;
}

/**
 * Finds or makes the lane (and the queue) of jobs with these requirements and returns their ids. Makers of lanes stand in
 * line at their organization: whoever gets the higher id is seen later, which is what {@link LaneCache} relies on.
 */
export async function internLane(tx: Tx, job: JobRequirements): Promise<{ laneId: number; queueId: number }> {
  const tagSetId = await internTagSet(tx, job.tags);
  const find = () => findLane(tx, job, tagSetId);
  const found = await find();
  if (found !== undefined) return found;
  await tx.hold('organizations', job.organization);
  const queue_id = await internQueue(tx, job, tagSetId);
  await tx.db
    .insertInto('lanes')
    .values({ queue_id, minimum_engine_version: job.minimumEngineVersion ?? '' })
    .onConflict(conflict => conflict.doNothing())
    .execute();
  const made = await find();
  if (made === undefined) throw new Error('a lane that was just made is not there');
  return made;
}

async function findLane(
  tx: Tx,
  job: JobRequirements,
  tagSetId: number,
): Promise<{ laneId: number; queueId: number } | undefined> {
  return tx.db
    .selectFrom('queues')
    .innerJoin('lanes', 'lanes.queue_id', 'queues.id')
    .select(['lanes.id as laneId', 'queues.id as queueId'])
    .where('queues.organization_id', '=', job.organization)
    .where('queues.provider', '=', job.provider)
    .where('queues.engine_name', '=', job.engine ?? '')
    .where('queues.tag_set_id', '=', tagSetId)
    .where('lanes.minimum_engine_version', '=', job.minimumEngineVersion ?? '')
    .executeTakeFirst();
}

async function internQueue(tx: Tx, job: JobRequirements, tag_set_id: number): Promise<number> {
  const queue = {
    organization_id: job.organization,
    provider: job.provider,
    engine_name: job.engine ?? ('' as const),
    tag_set_id,
  };
  await tx.db
    .insertInto('queues')
    .values(queue)
    .onConflict(conflict => conflict.doNothing())
    .execute();
  const { id } = await tx.db
    .selectFrom('queues')
    .select('id')
    .where('organization_id', '=', queue.organization_id)
    .where('provider', '=', queue.provider)
    .where('engine_name', '=', queue.engine_name)
    .where('tag_set_id', '=', tag_set_id)
    .executeTakeFirstOrThrow();
  return id;
}
